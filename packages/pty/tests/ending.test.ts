/** The end of programs: events, signals and background jobs. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import { stateOf } from "../../../tests/support/children.ts";
import { turn, until } from "../../../tests/support/event_loop.ts";
import { spawn } from "../mod.ts";
import { exit, outcome, OutputWatcher, run, runShell, withoutLeaks } from "./support/terminals.ts";

const { SIGHUP, SIGINT, SIGKILL, SIGTERM, SIGUSR1 } = constants.signals;

describe("onExit()", () => {
  it("gets the exit code, or the number of the signal", async () => {
    for (const code of [0, 1, 127, 255]) {
      const { exitCode, signal } = await runShell(`exit ${code}`);
      assertEquals([exitCode, signal], [code, 0]);
    }
    for (const number of [SIGINT, SIGKILL, SIGTERM, 40]) {
      const { exitCode, signal } = await runShell(`kill -${number} $$`);
      assertEquals([exitCode, signal], [0, number]);
    }
  });

  it("comes once, after all data and after the close event", async () => {
    const events: unknown[] = [];
    const pty = spawn("/bin/sh", ["-c", "seq 10000; exit 2"]);
    let lines = 0;
    pty.on("data", (data: string) => {
      lines += data.split("\n").length - 1;
      events.push("data");
    });
    pty.on("close", () => events.push("close"));
    pty.on("exit", (code, signal) => events.push([code, signal]));
    await exit(pty);
    for (let turns = 0; turns < 20; turns++) await turn();
    assertEquals(events.filter((event) => event !== "data"), ["close", [2, 0]]);
    assertEquals([lines, events.lastIndexOf("data")], [10_000, events.length - 3]);
  });

  it("is as true as exited, which doesn't wait for the output to be read", async () => {
    const pty = spawn("/bin/sh", ["-c", "echo text; kill -KILL $$"]);
    const ended = exit(pty);
    pty.pause();
    assertEquals(await pty.exited, { exitCode: 0, signal: SIGKILL });
    pty.resume();
    assertEquals(await ended, await pty.exited);
  });

  it("comes after the close event of a terminal that was closed first", async () => {
    const ptys = Array.from({ length: 10 }, () => spawn("/bin/true"));
    const ended = ptys.map(async (pty) => {
      const events: string[] = [];
      for (const name of ["exit", "close"]) pty.on(name, () => events.push(name));
      const { signal } = await pty.exited;
      assert(signal === 0 || signal === SIGHUP);
      pty.destroy();
      await until(() => events.length === 2, () => new Error(`only ${events}`));
      assertEquals(events, ["close", "exit"]);
    });
    await Promise.all(ended);
  });

  it("comes although the listeners of other events have been removed", async () => {
    for (const name of ["close", "end", "data"]) {
      const pty = spawn("/bin/sh", ["-c", "echo text; exit 3"]);
      const ended = exit(pty);
      pty.pause();
      await pty.exited;
      for (let turns = 0; turns < 20; turns++) await turn();
      pty.removeAllListeners(name);
      pty.resume();
      assertEquals(await ended, { exitCode: 3, signal: 0 });
    }
  });

  it("gets the exit code of a program that has closed its terminal", async () => {
    const close = "exec 0<&- 1>&- 2>&-;";
    const { output, exitCode, signal } = await run("bash", [
      "-c",
      `echo text; ${close} sleep 0.3; exit 7`,
    ]);
    assertEquals([output, exitCode, signal], ["text\r\n", 7, 0]);
    const pty = spawn("bash", ["-c", `${close} sleep 60`]);
    const ended = exit(pty);
    pty.write("text");
    await until(() => openTerminals(pty.pid) === 0, () => new Error("it is still open"));
    pty.kill("SIGTERM");
    assertEquals(await ended, { exitCode: 0, signal: SIGTERM });
  });

  it("comes after the output of a program that has opened its terminal again", async () => {
    const script = "exec 0<&- 1>&- 2>&-; sleep 0.2; exec >/dev/tty; seq 10000; exit 8";
    const { output, exitCode } = await run("bash", ["-c", script]);
    assertEquals([output.split("\r\n").length, exitCode], [10_001, 8]);
  });

  it("comes although a job in the background keeps the terminal open", async () => {
    const pty = spawn("bash", ["-c", "trap '' HUP; sleep 60 & echo $!; seq 10000; exit 4"]);
    const { output, exitCode } = await outcome(pty);
    const [job, ...lines] = output.split("\r\n");
    process.kill(Number(job), "SIGKILL");
    assertEquals([lines.length, lines.at(-2), exitCode], [10_001, "10000", 4]);
  });

  it("comes although a job in the background never stops writing", async () => {
    const pty = spawn("bash", ["-c", "trap '' HUP; yes & echo $!; exit 5"]);
    const { output, exitCode } = await outcome(pty);
    assertEquals(exitCode, 5);
    // The job may write before the shell does. It ends by itself when a write fails.
    const [job] = output.match(/\d+/)!;
    await until(() => !isRunning(Number(job)), () => new Error("it is still running"));
  });

  it("comes after everything that a job in the background had written by then", async () => {
    const job = "(trap '' HUP; echo $BASHPID; seq 10000; kill -USR1 $$; exec sleep 60) &";
    const pty = spawn("bash", ["-c", `trap 'exit 6' USR1; ${job} while :; do sleep 0.01; done`]);
    const { output, exitCode } = await outcome(pty);
    const lines = output.split("\r\n");
    process.kill(Number(lines[0]), "SIGKILL");
    assertEquals([lines.length, lines.includes("10000"), exitCode], [10_002, true, 6]);
  });
});

describe("kill()", () => {
  it("sends SIGHUP, or another signal by name or number", async () => {
    // It reports outside of the trap: a shell can lose a signal that comes while it runs one.
    const script = "trap got=1 USR1; echo ready; " +
      "while :; do sleep 0.01; if [ $got ]; then got=; echo got USR1; fi; done";
    const pty = spawn("bash", ["-c", script]);
    const output = new OutputWatcher(pty);
    await output.until(/ready/);
    pty.kill("SIGUSR1");
    await output.until(/got USR1/);
    pty.kill(SIGUSR1);
    await output.until(/got USR1/);
    pty.kill();
    assertEquals(await exit(pty), { exitCode: 0, signal: SIGHUP });
  });

  it("throws for names that aren't signals", async () => {
    const pty = spawn("cat");
    for (const signal of ["", "HUP", "sighup", "SIGNONE"]) {
      assertThrows(() => pty.kill(signal), TypeError, `'${signal}'`);
    }
    pty.destroy();
    await pty.exited;
  });

  it("leaves default handlers to the child, and others to this process", async () => {
    let count = 0;
    const handler = () => count++;
    process.on("SIGUSR1", handler);
    try {
      const pty = spawn("cat");
      pty.kill("SIGUSR1");
      assertEquals(await exit(pty), { exitCode: 0, signal: SIGUSR1 });
      process.kill(process.pid, "SIGUSR1");
      await until(() => count === 1, () => new Error("the handler wasn't called"));
    } finally {
      process.off("SIGUSR1", handler);
    }
    const { output } = await run("/bin/grep", ["^Sig[BI]", "/proc/self/status"]);
    assertEquals(output.match(/[0-9a-f]{16}/g), Array(2).fill("0".repeat(16)));
  });
});

describe("destroy()", () => {
  it("hangs up, and still has an exit event", () =>
    withoutLeaks(async () => {
      const pty = spawn("cat");
      let data = "";
      pty.onData((chunk) => data += chunk);
      const ended = exit(pty);
      pty.destroy();
      assertEquals(await ended, { exitCode: 0, signal: SIGHUP });
      assertEquals(data, "");
    }));

  it("ends all programs in the foreground", async () => {
    const pty = spawn("sh", ["-c", "sleep 60 & echo job $! end; sleep 60; exit"]);
    const output = new OutputWatcher(pty);
    const [, job] = await output.until(/job (\d+) end/);
    pty.destroy();
    assertEquals(await pty.exited, { exitCode: 0, signal: SIGHUP });
    await until(() => !isRunning(Number(job)), () => new Error("it is still running"));
  });

  it("ends a program that has left its session", async () => {
    const pty = spawn("python3", ["-c", detaching]);
    const output = new OutputWatcher(pty);
    await output.until(/ready/);
    pty.destroy();
    assertEquals(await pty.exited, { exitCode: 0, signal: SIGHUP });
  });
});

/** Gives up its controlling terminal, whose hang-up it then doesn't notice. */
const detaching = `
import fcntl, os, signal, termios, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
fcntl.ioctl(0, termios.TIOCNOTTY)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.write(1, b"ready")
time.sleep(60)
`;

describe("a terminal", () => {
  it("has no descriptor that a program inherits", async () => {
    const ptys = Array.from({ length: 3 }, () => spawn("cat"));
    const { output } = await run("/bin/sh", [
      "-c",
      "for fd in /proc/$$/fd/*; do [ -e $fd ] && echo ${fd##*/}; done",
    ]);
    assertEquals(output, "0\r\n1\r\n2\r\n");
    for (const pty of ptys) pty.destroy();
    await Promise.all(ptys.map(({ exited }) => exited));
    assert(ptys.every(({ fd }) => fd >= 0));
  });
});

/** The number of descriptors of terminals that a process has. */
function openTerminals(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((fd) => isTerminal(`${folder}/${fd}`)).length;
}

function isTerminal(path: string): boolean {
  try {
    return readlinkSync(path).startsWith("/dev/pts/");
  } catch {
    // It was closed in the meantime.
    return false;
  }
}

/** Whether a process runs. One that has ended stays a zombie if nothing waits for it. */
function isRunning(pid: number): boolean {
  return !["Z", undefined].includes(stateOf(`/proc/${pid}`));
}
