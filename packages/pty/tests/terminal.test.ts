/** What a program sees of its terminal: size, settings, job control and the foreground. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { until } from "../../../tests/support/event_loop.ts";
import { spawn } from "../mod.ts";
import { exit, outcome, OutputWatcher, run, runShell } from "./support/terminals.ts";

/** An interactive shell, after its first prompt. */
async function startShell(): Promise<{ pty: ReturnType<typeof spawn>; output: OutputWatcher }> {
  const env = { PATH: "/usr/bin:/bin", PS1: "$ ", INPUTRC: "/dev/null", HOME: "/" };
  const pty = spawn("bash", ["--norc", "--noprofile", "--noediting", "-i"], { env });
  const output = new OutputWatcher(pty);
  await output.until(/\$ $/);
  return { pty, output };
}

describe("resize()", () => {
  it("changes the size, and sends SIGWINCH to the foreground", async () => {
    // A shell, or `signal.pause()`, can lose a signal that comes while it handles the one before.
    const script = "import os, signal\n" +
      "resizes = {signal.SIGWINCH}\n" +
      "signal.pthread_sigmask(signal.SIG_BLOCK, resizes)\n" +
      "while True:\n" +
      "  size = os.get_terminal_size(0)\n" +
      "  print(size.lines, size.columns, flush=True)\n" +
      "  signal.sigwait(resizes)";
    const pty = spawn("python3", ["-c", script], { cols: 100, rows: 40 });
    const output = new OutputWatcher(pty);
    await output.until(/40 100\r\n/);
    for (const [cols, rows] of [[120, 50], [1, 1], [65_535, 65_535], [80.9, 24.9]] as const) {
      pty.resize(cols, rows);
      await output.until(new RegExp(`${Math.trunc(rows)} ${Math.trunc(cols)}\r\n`));
      assertEquals([pty.cols, pty.rows], [cols, rows]);
    }
    pty.destroy();
    await pty.exited;
  });

  it("sets the size in pixels too", async () => {
    const script = "import fcntl,termios,struct,sys\nsys.stdin.readline()\n" +
      "print(struct.unpack('HHHH', fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8))))";
    const pty = spawn("python3", ["-c", script]);
    const ended = outcome(pty);
    pty.resize(90, 30, { width: 900, height: 600 });
    pty.write("\r");
    assertStringIncludes((await ended).output, "(30, 90, 900, 600)");
  });

  it("throws for sizes that aren't positive", async () => {
    const pty = spawn("cat");
    const text = "positive cols and rows";
    for (const size of [0, -1, NaN, Infinity, undefined, null, "x", {}]) {
      assertThrows(() => pty.resize(size as never, 24), Error, text);
      assertThrows(() => pty.resize(80, size as never), Error, text);
    }
    assertThrows(() => pty.resize(65_536, 24), RangeError, "65536");
    for (const size of ["90", 90n]) {
      assertThrows(() => pty.resize(size as never, 24), TypeError, "must be an integer");
    }
    assertEquals([pty.cols, pty.rows], [80, 24]);
    pty.destroy();
    await pty.exited;
  });
});

describe("the settings", () => {
  it("are those of node-pty", async () => {
    const { output } = await runShell("stty -a");
    const expected = readFileSync(new URL("./support/stty.txt", import.meta.url), "utf8");
    assertEquals(output.replaceAll("\r\n", "\n"), expected);
  });

  it("have iutf8 only for that encoding", async () => {
    const { output } = await runShell("stty -a", { encoding: "latin1" });
    assertStringIncludes(output, "-iutf8");
  });
});

describe("process", () => {
  it("is the name of the program in the foreground, as it was started", async () => {
    const { pty, output } = await startShell();
    assertEquals(pty.process, "bash");
    pty.write("sleep 60\r");
    await until(() => pty.process === "sleep", () => new Error(`it is ${pty.process}`));
    pty.write("\x03");
    await output.until(/\$ $/);
    await until(() => pty.process === "bash", () => new Error(`it is ${pty.process}`));
    const ended = exit(pty);
    pty.write("exit\r");
    await ended;
    assertEquals(pty.process, "bash");
  });
});

describe("job control", () => {
  it("interrupts, stops and continues programs by keys", async () => {
    const { pty, output } = await startShell();
    pty.write("sleep 60; echo status $?\r");
    await until(() => pty.process === "sleep", () => new Error("sleep didn't start"));
    pty.write("\x03");
    await output.until(/\^C[^]*\$ $/);
    pty.write("cat\r");
    await until(() => pty.process === "cat", () => new Error("cat didn't start"));
    pty.write("\x1a");
    await output.until(/\^Z[^]*Stopped[^]*\$ $/);
    await output.type("jobs", /\[1\]\+\s+Stopped\s+cat[^]*\$ $/);
    pty.write("fg\r");
    await until(() => pty.process === "cat", () => new Error("cat didn't continue"));
    pty.write("line\r\x04");
    await output.until(/line\r\nline\r\n\$ $/);
    pty.write("sleep 60\r");
    await until(() => pty.process === "sleep", () => new Error("sleep didn't start"));
    pty.write("\x1c");
    await output.until(/\^\\[^]*Quit[^]*\$ $/);
    const ended = exit(pty);
    pty.write("\x04");
    assertEquals((await ended).signal, 0);
  });

  it("stops the output with ^S, and continues it with ^Q", async () => {
    const pty = spawn("cat");
    const output = new OutputWatcher(pty);
    await output.type("one", /one\r\none\r\n/);
    pty.write("\x13two\r");
    pty.write("\x11");
    await output.until(/two\r\ntwo\r\n/);
    pty.destroy();
    await pty.exited;
  });
});

describe("isatty()", () => {
  it("is true for the three standard descriptors", async () => {
    const { output } = await run("sh", ["-c", "for fd in 0 1 2; do test -t $fd && echo $fd; done"]);
    assertEquals(output, "0\r\n1\r\n2\r\n");
  });
});
