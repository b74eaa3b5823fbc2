/** Traces system calls with strace(1), for requests that pseudo-terminals refuse or don't store. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openpty } from "@fdready/fdready/os";
import { Fds } from "../../../tests/support/fds.ts";
import { commandFor, longestRun, outcome } from "../../../tests/support/programs.ts";
import { describeUnless } from "../../../tests/support/skip.ts";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { missing } from "./support/lines.ts";

const program = fileURLToPath(new URL("programs/use_port.ts", import.meta.url));

/** An operation on a port, and its argument. */
type Step = readonly [operation: string, argument?: object];

interface Trace {
  /** Calls of open, flock and ioctl for the port: their flags, or requests with their arguments. */
  readonly calls: readonly string[];
  readonly output: string;
}

/** The number of ioctl calls for opening a port. */
const opening = 3;

/**
 * Opens a port with `options` and runs `steps`. The first `granted` ioctl calls of the steps don't
 * reach the kernel, which would refuse them. They succeed, and leave memory unchanged.
 */
async function trace(options: object, steps: readonly Step[], granted: number): Promise<Trace> {
  using fds = new Fds();
  using folder = new TemporaryFolder();
  const { controller, terminal, name } = openpty();
  fds.own(controller);
  fds.own(terminal);
  const log = `${folder.path}/log`;
  const grant = granted > 0
    ? ["-e", `inject=ioctl:retval=0:when=${opening + 1}..${opening + granted}`]
    : [];
  const calls = ["-e", "trace=open,openat,flock,ioctl", "-e", "signal=none"];
  // A log for each thread: in a common one, calls are torn apart by calls of other threads.
  const strace = ["-ff", "-qq", "-y", "-o", log, "-P", name, ...calls, ...grant];
  const args = [name, ...[options, ...steps].map((value) => JSON.stringify(value))];
  const child = spawn("strace", [...strace, ...commandFor(program), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: longestRun,
    killSignal: "SIGKILL",
  });
  const { output, ...ending } = await outcome(child);
  assertEquals(ending, { code: 0, signal: null }, output);
  const lines = readdirSync(folder.path)
    .flatMap((file) => readFileSync(`${folder.path}/${file}`, "utf8").split("\n"));
  // The logs also have lines about threads that end.
  return { calls: lines.filter((line) => line.includes(name)).map(shorten), output };
}

/**
 * Shortens `ioctl(6</dev/pts/0>, TIOCMSET, [TIOCM_RTS]) = 0` to `TIOCMSET [TIOCM_RTS]`. Addresses
 * are left out.
 */
function shorten(line: string): string {
  const [, request, argument = ""] = /ioctl\([^,]*, (\w+)(?:, (.*))?\) +=/.exec(line) ?? [];
  if (request !== undefined) return `${request} ${argument.replace(/^0x.*/, "")}`.trim();
  return /flock\([^,]*, (.*)\)/.exec(line)?.[1] ?? /O_[A-Z_|]+/.exec(line)?.[0] ?? line;
}

const open = "O_RDWR|O_NOCTTY|O_NONBLOCK|O_CLOEXEC";
const lock = "LOCK_EX|LOCK_NB";
const isEmpty = ["TIOCOUTQ [0]", "TIOCSERGETLSR"];

describeUnless(missing("strace"), "system calls", () => {
  it("binding.open() locks the port before it changes the settings", async () => {
    const options = { dataBits: 5, stopBits: 1.5, parity: "mark", rtscts: true, xon: true };
    const { calls: [opened, before, locked, set = "", flushed, ...rest] } = await trace(
      options,
      [],
      0,
    );
    assertEquals([opened, before?.slice(0, 7), locked], [open, "TCGETS2", lock]);
    assertEquals(/c_iflag=([^,]*)/.exec(set)?.[1], "IXON|IGNPAR".split("|").toSorted().join("|"));
    const cflag = /c_cflag=([^,]*)/.exec(set)?.[1]?.split("|") ?? [];
    const flags = [
      "CS5",
      "CSTOPB",
      "CREAD",
      "PARENB",
      "PARODD",
      "HUPCL",
      "CLOCAL",
      "CMSPAR",
      "CRTSCTS",
    ];
    assertEquals(cflag.toSorted(), ["B9600", ...flags].toSorted());
    assertEquals([flushed, ...rest], ["TCFLSH TCIOFLUSH", ...isEmpty]);
  });

  it("binding.open() and update() use the native binding's codes for speeds", async () => {
    // Other programs, such as stty(1), know the standard speeds by their codes alone.
    for (const [baudRate, code] of [[115_200, "B115200"], [12_345, "BOTHER"]] as const) {
      const { calls } = await trace({ baudRate: 300 }, [["update", { baudRate }]], 0);
      const cflags = calls.map((call) => /c_cflag=([^,]*)/.exec(call)?.[1]).filter(Boolean);
      const speeds = cflags.map((cflag) => cflag!.match(/\b(B\d+|BOTHER\S*?)(?=\||$)/g)?.join());
      assertEquals(speeds.slice(-2), ["B300", code], String(cflags));
    }
  });

  it("set() turns on the given lines, and the break after them", async () => {
    const steps: Step[] = [
      ["set", { rts: true, dtr: true }],
      ["set", { brk: true, rts: true }],
      ["set", { cts: true, dsr: true, lowLatency: true }],
      ["set", {}],
    ];
    const { calls } = await trace({ lock: false }, steps, 17);
    assertEquals(calls.slice(1 + opening), [
      ...["TIOCGSERIAL", "TIOCMGET [0]", "TIOCMSET [TIOCM_DTR|TIOCM_RTS]", "TIOCCBRK"],
      ...["TIOCGSERIAL", "TIOCMGET [0]", "TIOCMSET [TIOCM_RTS]", "TIOCSBRK"],
      ...[
        "TIOCGSERIAL",
        "TIOCMGET [0]",
        "TIOCMSET [TIOCM_CTS|TIOCM_DSR]",
        "TIOCCBRK",
        "TIOCSSERIAL",
      ],
      ...["TIOCGSERIAL", "TIOCMGET [0]", "TIOCMSET [0]", "TIOCCBRK"],
      ...isEmpty,
    ]);
  });

  it("set() changes nothing if the driver has no modem lines, or no low latency mode", async () => {
    const options = { lock: false };
    const lines = await trace(options, [["trySet", { brk: true, rts: true }]], 0);
    assertEquals(lines.output, "Error: Inappropriate ioctl for device, cannot set\n");
    const isChange = (call: string) => /^TIOC(S|C|M)(BRK|SERIAL|SET)/.test(call);
    assertEquals(lines.calls.filter(isChange), ["TIOCMSET [TIOCM_RTS]"]);
    const latency = await trace(options, [["trySet", { brk: true, lowLatency: true }]], 0);
    assertEquals(latency.output, "Error: Inappropriate ioctl for device, cannot get low latency\n");
    assertEquals(latency.calls.filter(isChange), []);
  });

  it("get() reads the modem lines and the driver's mode", async () => {
    const { calls, output } = await trace({ lock: false }, [["get"]], 2);
    assertEquals(calls.slice(1 + opening), ["TIOCMGET [0]", "TIOCGSERIAL", ...isEmpty]);
    const lines = { cts: false, dsr: false, dcd: false, lowLatency: false };
    assertEquals(JSON.parse(output), lines);
  });

  it("drain() and close() check until the device is empty", async () => {
    // The device isn't empty for the first three checks.
    const { calls } = await trace({ lock: false }, [["drain"]], 6);
    assertEquals(calls.slice(1 + opening), Array(5).fill(isEmpty).flat());
    const closing = await trace({ lock: false }, [], 6);
    assertEquals(closing.calls.slice(1 + opening), Array(4).fill(isEmpty).flat());
  });
});
