/** What reaches the kernel of requests that pseudo-terminals refuse or don't keep, by strace(1). */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openpty } from "@fdready/fdready/os";
import { Fds } from "../../../tests/support/fds.ts";
import { outcome, runtime } from "../../../tests/support/programs.ts";
import { describeUnless } from "../../../tests/support/skip.ts";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { missing } from "./support/lines.ts";

const program = fileURLToPath(new URL("programs/use_port.ts", import.meta.url));

/** An operation on a port, and its argument. */
type Step = readonly [operation: string, argument?: object];

interface Trace {
  /** Calls of open, flock and ioctl about the port: their names, or requests, and what they say. */
  readonly calls: readonly string[];
  readonly output: string;
}

/** The calls of ioctl by which a port is opened. */
const opening = 3;

/**
 * Opens a port with `options` and takes `steps`. Of the calls of ioctl for these, `granted` don't get to
 * the kernel, which would refuse them, but succeed, and leave memory as it is.
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
  // A log for each thread: in one for all, calls are torn apart by those of others.
  const strace = ["-ff", "-qq", "-y", "-o", log, "-P", name, ...calls, ...grant];
  const flags = runtime === "deno" ? ["--no-check", "--quiet", "-A"] : [];
  const args = [name, ...[options, ...steps].map((value) => JSON.stringify(value))];
  const child = spawn("strace", [...strace, process.execPath, "run", ...flags, program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const { output, ...ending } = await outcome(child);
  assertEquals(ending, { code: 0, signal: null }, output);
  const lines = readdirSync(folder.path)
    .flatMap((file) => readFileSync(`${folder.path}/${file}`, "utf8").split("\n"));
  // Of a thread that is just ending, strace may say that it has let go of it.
  return { calls: lines.filter((line) => line.includes(name)).map(essence), output };
}

/** `ioctl(6</dev/pts/0>, TIOCMSET, [TIOCM_RTS]) = 0` is `TIOCMSET [TIOCM_RTS]`; addresses are left out. */
function essence(line: string): string {
  const [, request, argument = ""] = /ioctl\([^,]*, (\w+)(?:, (.*))?\) +=/.exec(line) ?? [];
  if (request !== undefined) return `${request} ${argument.replace(/^0x.*/, "")}`.trim();
  return /flock\([^,]*, (.*)\)/.exec(line)?.[1] ?? /O_[A-Z_|]+/.exec(line)?.[0] ?? line;
}

const open = "O_RDWR|O_NOCTTY|O_NONBLOCK|O_CLOEXEC";
const lock = "LOCK_EX|LOCK_NB";
const isEmpty = ["TIOCOUTQ [0]", "TIOCSERGETLSR"];

describeUnless(missing("strace"), "the kernel", () => {
  it("is told how to open a port", async () => {
    const options = { dataBits: 5, stopBits: 1.5, parity: "mark", rtscts: true, xon: true };
    const { calls: [opened, before, locked, set = "", flushed, ...rest] } = await trace(
      options,
      [],
      0,
    );
    assertEquals([opened, before?.slice(0, 7), locked], [open, "TCGETS2", lock]);
    assertEquals(/c_iflag=([^,]*)/.exec(set)?.[1], "IXON|IGNPAR".split("|").toSorted().join("|"));
    const cflag = /c_cflag=([^,]*)/.exec(set)?.[1]?.split("|") ?? [];
    const speed = ["BOTHER", "BOTHER<<IBSHIFT"];
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
    assertEquals(cflag.toSorted(), [...speed, ...flags].toSorted());
    assertEquals([flushed, ...rest], ["TCFLSH TCIOFLUSH", ...isEmpty]);
  });

  it("is told of the lines that are on, and those alone", async () => {
    const steps: Step[] = [
      ["set", { rts: true, dtr: true }],
      ["set", { brk: true, rts: true }],
      ["set", { cts: true, dsr: true, lowLatency: true }],
      ["set", {}],
    ];
    const { calls } = await trace({ lock: false }, steps, 17);
    assertEquals(calls.slice(1 + opening), [
      ...["TIOCMGET [0]", "TIOCCBRK", "TIOCMSET [TIOCM_DTR|TIOCM_RTS]", "TIOCGSERIAL"],
      ...["TIOCMGET [0]", "TIOCSBRK", "TIOCMSET [TIOCM_RTS]", "TIOCGSERIAL"],
      ...[
        "TIOCMGET [0]",
        "TIOCCBRK",
        "TIOCMSET [TIOCM_CTS|TIOCM_DSR]",
        "TIOCGSERIAL",
        "TIOCSSERIAL",
      ],
      ...["TIOCMGET [0]", "TIOCCBRK", "TIOCMSET [0]", "TIOCGSERIAL"],
      ...isEmpty,
    ]);
  });

  it("is asked for the lines", async () => {
    const { calls, output } = await trace({ lock: false }, [["get"]], 2);
    assertEquals(calls.slice(1 + opening), ["TIOCMGET [0]", "TIOCGSERIAL", ...isEmpty]);
    const lines = { cts: false, dsr: false, dcd: false, lowLatency: false };
    assertEquals(JSON.parse(output), lines);
  });

  it("is asked whether the device is empty until it says so, by a drain and at the close", async () => {
    // A device that says three times that it is not.
    const { calls } = await trace({ lock: false }, [["drain"]], 6);
    assertEquals(calls.slice(1 + opening), Array(5).fill(isEmpty).flat());
    const closing = await trace({ lock: false }, [], 6);
    assertEquals(closing.calls.slice(1 + opening), Array(4).fill(isEmpty).flat());
  });
});
