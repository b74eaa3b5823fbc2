/** Starting programs: arguments, environment, directory and PATH. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { chmodSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { isatty } from "node:tty";
import { TemporaryFolder } from "../../../tests/support/temporary_folder.ts";
import { createTerminal, fork, spawn, UnixTerminal } from "../mod.ts";
import { exit, outcome, run, runShell, withoutLeaks } from "./support/terminals.ts";

const ok = { exitCode: 0, signal: 0 };

describe("spawn()", () => {
  it("starts a program in a new terminal, as the leader of its session", async () => {
    for (const start of [spawn, fork, createTerminal]) {
      const pty = start("/bin/sh", ["-c", "tty; ps -o pid=,sid=,tpgid= -p $$"]);
      assert(pty instanceof UnixTerminal);
      assertMatch(pty.ptsName, /^\/dev\/pts\/\d+$/);
      assert(isatty(pty.fd));
      const { pid, ptsName } = pty;
      const { output, ...exited } = await outcome(pty);
      const [name, ids] = output.split("\r\n");
      assertEquals([name, exited], [ptsName, ok]);
      assertEquals(ids!.trim().split(/\s+/), [pid, pid, pid].map(String));
    }
  });

  it("starts sh with 80 columns and 24 rows by default", async () => {
    const pty = new UnixTerminal();
    assertEquals([pty.cols, pty.rows, pty.handleFlowControl], [80, 24, false]);
    const ended = outcome(pty);
    pty.write("stty size; exit 5\r");
    const { output, exitCode } = await ended;
    assertStringIncludes(output, "24 80\r\n");
    assertEquals(exitCode, 5);
  });

  it("passes on arguments unchanged, however many or long", async () => {
    const args = ["", " ", "ä€😀", "'\"$x`", "-n", "x".repeat(100_000)];
    const { output } = await run("/bin/sh", ["-c", 'printf "%s|" "$@" | md5sum', "sh", ...args]);
    const expected = await runShell(
      `printf '%s|' '' ' ' 'ä€😀' "'\\"\\$x\\\`" -n ${args.at(-1)} | md5sum`,
    );
    assertEquals(output, expected.output);
    const many = Array.from({ length: 20_000 }, (_, index) => `${index}`);
    const { output: count } = await run("/bin/sh", ["-c", "echo $#", "sh", ...many]);
    assertEquals(count, "20000\r\n");
  });

  it("sets TERM and PWD, and leaves out the variables of tmux and screen", async () => {
    const outer = {
      TMUX: "1",
      TMUX_PANE: "1",
      STY: "1",
      WINDOW: "1",
      WINDOWID: "1",
      TERMCAP: "1",
      COLUMNS: "1",
      LINES: "1",
    };
    Object.assign(process.env, outer);
    try {
      const { output } = await run("env", [], { name: "xterm-256color", cwd: "/" });
      const names = output.split("\r\n").map((line) => line.split("=")[0]!);
      assertEquals(names.filter((name) => name in outer), []);
      assert(output.includes("TERM=xterm-256color\r\n") && output.includes("PWD=/\r\n"));
    } finally {
      for (const name of Object.keys(outer)) delete process.env[name];
    }
  });

  it("uses the given environment as it is, without undefined variables", async () => {
    const env = { TMUX: "kept", EMPTY: "", TEXT: "ä€😀\n", absent: undefined };
    const { output } = await run("/usr/bin/env", ["-0"], { env, cwd: "/" });
    const expected = ["TMUX=kept", "EMPTY=", "TEXT=ä€😀\r\n", "PWD=/", "TERM=xterm"];
    assertEquals(output.split("\0").slice(0, -1).sort(), expected.sort());
    const { TERM } = process.env;
    const { output: inherited } = await runShell("echo $TERM");
    assertEquals(inherited, `${TERM ?? "xterm"}\r\n`);
  });

  it("looks the program up in PATH of the environment, from the directory to start in", async () => {
    using folder = new TemporaryFolder();
    const cwd = realpathSync(folder.path);
    for (const name of ["closed", "first", "second", "second/tool"]) mkdirSync(join(cwd, name));
    const script = (name: string, text: string, mode = 0o755) => {
      writeFileSync(join(cwd, name), text);
      chmodSync(join(cwd, name), mode);
    };
    script("closed/tool", "", 0o644);
    script("first/tool", "#!/bin/sh\necho first $0 $@\n");
    script("here", "echo without an interpreter $0 $@\n");
    const PATH = ["/nonexistent", `${cwd}/first/tool`, `${cwd}/closed`, "first", "second"].join(
      delimiter,
    );
    const { output } = await run("tool", ["a b"], { env: { PATH }, cwd });
    assertEquals(output, "first first/tool a b\r\n");
    const { output: here } = await run("here", ["a", "b"], { env: { PATH: ":/bin" }, cwd });
    assertEquals(here, "without an interpreter ./here a b\r\n");
    const { output: byPath } = await run("./here", [], { env: {}, cwd });
    assertEquals(byPath, "without an interpreter ./here\r\n");
    const { output: standard } = await run("sh", ["-c", "echo $0"], { env: {} });
    assertEquals(standard, "sh\r\n");
  });

  it("passes the program's name as it was given", async () => {
    const { output } = await run("cat", ["/proc/self/cmdline"]);
    assertEquals(output.split("\0")[0], "cat");
  });
});

describe("spawn() of a program that can't be run", () => {
  it("shows why in the terminal, and exits with 1", () =>
    withoutLeaks(async () => {
      using folder = new TemporaryFolder();
      const closed = join(folder.path, "closed");
      writeFileSync(closed, "#!/bin/sh\n");
      const broken = join(folder.path, "broken");
      writeFileSync(broken, "#!/nonexistent/interpreter\n");
      chmodSync(broken, 0o755);
      const { PATH } = process.env;
      const cases: [file: string, args: string[], options: object, output: string][] = [
        ["/nonexistent/program", [], {}, "execvp(3) failed.: No such file or directory"],
        ["nonexistent-program", [], {}, "execvp(3) failed.: No such file or directory"],
        [broken, [], {}, "execvp(3) failed.: No such file or directory"],
        [closed, [], {}, "execvp(3) failed.: Permission denied"],
        [folder.path, [], {}, "execvp(3) failed.: Permission denied"],
        [
          "closed",
          [],
          { env: { PATH: `${folder.path}:/bin` } },
          "execvp(3) failed.: Permission denied",
        ],
        [`${closed}/below`, [], {}, "execvp(3) failed.: Not a directory"],
        ["/bin/true", ["x".repeat(10_000_000)], {}, "execvp(3) failed.: Argument list too long"],
        [
          "true",
          [],
          { env: { PATH, HUGE: "x".repeat(10_000_000) } },
          "execvp(3) failed.: Argument list too long",
        ],
        ["true", [], { cwd: "/nonexistent" }, "chdir(2) failed.: No such file or directory"],
        ["/bin/true", [], { cwd: closed }, "chdir(2) failed.: Not a directory"],
      ];
      for (const [file, args, options, output] of cases) {
        const pty = spawn(file, args, options);
        assert(pty.pid > 0);
        assertEquals(await outcome(pty), { output: `${output}\r\n`, exitCode: 1, signal: 0 });
      }
    }));

  it("has an exit event without a listener for data", async () => {
    assertEquals(await exit(spawn("/nonexistent/program")), { exitCode: 1, signal: 0 });
  });
});
