/** Starting programs: arguments, descriptors, terminals and failures. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync, spawn as spawnByRuntime } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { SystemError, waitReadable } from "../../mod.ts";
import { bindIfPresent, bindSymbols, libc } from "../../src/ffi/libc.ts";
import { spawnCloseSymbols, spawnSymbols, threadSymbols } from "../../src/ffi/symbols.ts";
import * as os from "../../src/os/mod.ts";
import { childPids, ended, readText, run, runShell } from "../support/children.ts";
import { EMFILE, ENOMEM } from "../support/errnos.ts";
import { failing, failingIn } from "../support/faults.ts";
import { countFds, Fds, noMoreFdsThan } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const ok = { code: 0, signal: null };

/** A copy of `fd` that programs inherit. */
function inheritable(fd: number): number {
  const F_DUPFD = 0;
  return libc().fcntl(fd, F_DUPFD, 0);
}

function isNonblocking(fd: number): boolean {
  return (flagsOf(fd) & os.O_NONBLOCK) !== 0;
}

describe("spawn()", () => {
  it("passes on arguments, variables and the directory unchanged", async () => {
    using folder = new TemporaryFolder();
    const texts = ["", " ", "a b", "'\"\\$(x)`", "ä€😀", "line\nbreak", "-n", "x".repeat(100_000)];
    const args = await runShell('printf "%s\\0" "$@"', { args: texts });
    assertEquals(args, { ...ok, output: texts.map((text) => `${text}\0`).join("") });
    const env = Object.fromEntries(texts.map((text, index) => [`NAME_${index}`, text]));
    const listed = await run("/usr/bin/env", { args: ["-0"], env: { ...env, absent: undefined } });
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\0`);
    assertEquals(listed, { ...ok, output: lines.join("") });
    const name = join(folder.path, "ä€😀 \n");
    mkdirSync(name);
    assertEquals((await run("/bin/pwd", { cwd: name })).output, `${realpathSync(name)}\n`);
  });

  it("passes on bytes that aren't UTF-8, as path, directory and argument", async () => {
    using folder = new TemporaryFolder();
    const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
    const cwd = bytes(`${folder.path}/\xff`);
    await run("/bin/mkdir", { args: [cwd] });
    await run("/bin/cp", { args: ["/bin/sh", bytes(`${folder.path}/\xff/\xfe`)] });
    const args = ["-c", "printf '%s' \"$1\" | od -An -tx1; pwd | tail -c 2 | od -An -tx1", "sh"];
    const { output } = await run(bytes("./\xfe"), { args: [...args, bytes("\xfd")], cwd });
    assertEquals(output, " fd\n ff 0a\n");
    const missing = bytes("/nonexistent\xff");
    assertThrows(() => os.spawn(missing), SystemError, "/nonexistent\ufffd");
  });

  it("refuses arguments that aren't text, and says so", () => {
    const args = [1] as unknown as string[];
    const message = "An argument must be a string or a Uint8Array, got 1";
    assertThrows(() => os.spawn("/bin/true", { args }), TypeError, message);
  });

  it("refuses environment variables without a name, or with = in it", () => {
    for (const name of ["", "=", "A=B"]) {
      assertThrows(() => os.spawn("/bin/true", { env: { [name]: "x" } }), TypeError, "variable");
    }
    const list = ["A=1"] as unknown as Record<string, string>;
    assertThrows(() => os.spawn("/bin/true", { env: list }), TypeError, "by name");
  });

  it("passes on the caller's environment and directory by default", async () => {
    process.env.FDREADY_TEST_SPAWN = "from the parent";
    try {
      const { output } = await runShell('printf "%s " "$FDREADY_TEST_SPAWN"; pwd -P');
      assertEquals(output, `from the parent ${process.cwd()}\n`);
      assertEquals((await run("/usr/bin/env", { env: {} })).output, "");
    } finally {
      delete process.env.FDREADY_TEST_SPAWN;
    }
  });

  it("passes the path as the first argument, or argv0", async () => {
    const name = async (options: os.SpawnOptions) =>
      (await run("/bin/cat", { args: ["/proc/self/cmdline"], ...options })).output.split("\0")[0];
    assertEquals(await name({}), "/bin/cat");
    assertEquals(await name({ argv0: "-my name" }), "-my name");
  });

  it("resolves a relative path from cwd", async () => {
    assertEquals((await run("sh", { args: ["-c", "echo $0"], cwd: "/bin" })).output, "sh\n");
  });

  it("resets all signals, whatever the runtime ignores and blocks", async () => {
    const { output } = await run("/bin/grep", { args: ["^Sig[BI]", "/proc/self/status"] });
    assertEquals(output.match(/[0-9a-f]{16}/g), Array(2).fill("0".repeat(16)));
    const left = await runShell("kill -PIPE $$");
    assertEquals(left.signal, "SIGPIPE");
  });

  it("starts 200 programs at once beside the runtime's own, and each is waited for once", async () => {
    const before = childPids();
    const codes = Array.from({ length: 200 }, (_, index) => index);
    const theirs = codes.slice(0, 40).map((code) =>
      new Promise<number | null>((resolve) =>
        spawnByRuntime("/bin/sh", ["-c", `exit ${code}`]).on("close", resolve)
      )
    );
    const ours = codes.map((code) =>
      ended(os.spawn("/bin/sh", { args: ["-c", `exit ${code}`] }).pidfd)
    );
    assertEquals((await Promise.all(ours)).map(({ code }) => code), codes);
    assertEquals(await Promise.all(theirs), codes.slice(0, 40));
    assertEquals(childPids(), before);
  });
});

describe("spawn() with stdio", () => {
  const closing = bindIfPresent(spawnCloseSymbols) === undefined ? [false] : [true, false];
  for (const atOnce of closing) {
    it(`leaves the child no other descriptors: closed ${atOnce ? "at once" : "one by one"}`, async () => {
      using fds = new Fds();
      const functions: { posix_spawn_file_actions_addclosefrom_np?: unknown } =
        bindIfPresent(spawnCloseSymbols) ?? {};
      const saved = functions.posix_spawn_file_actions_addclosefrom_np;
      if (!atOnce) functions.posix_spawn_file_actions_addclosefrom_np = undefined;
      try {
        const [reader] = fds.pipe();
        for (let count = 0; count < 8; count++) fds.own(inheritable(reader));
        const script = "for fd in /proc/$$/fd/*; do [ -e $fd ] && echo ${fd##*/}; done";
        const stdio = [null, undefined, null, undefined, reader, undefined, reader];
        // The shell itself has closed the directory by the time it looks.
        assertEquals((await runShell(script)).output, "0\n1\n2\n");
        assertEquals((await runShell(script, { stdio })).output, "0\n1\n2\n4\n6\n");
      } finally {
        functions.posix_spawn_file_actions_addclosefrom_np = saved;
      }
    });
  }

  it("gives each number its file, also where numbers are swapped", async () => {
    using fds = new Fds();
    const pairs = Array.from({ length: 4 }, () => fds.socketpair());
    const ends = pairs.map(([end]) => end);
    const stdio: number[] = [];
    // Each of our numbers refers to the next one's file in the child.
    ends.forEach((fd, index) => stdio[fd] = ends[(index + 1) % ends.length]!);
    const script = 'for fd in "$@"; do eval "echo $fd >&$fd"; done';
    const result = await run("/bin/bash", {
      args: ["-c", script, "bash", ...ends.map(String)],
      stdio: Array.from(stdio),
    });
    assertEquals(result, { ...ok, output: "" });
    const room = new Uint8Array(16);
    const received = pairs.map(([, other]) =>
      Number(new TextDecoder().decode(room.subarray(0, os.read(other, room))))
    );
    assertEquals(received, ends.map((_, index) => ends.at(index - 1)));
  });

  it("gives null as /dev/null, for reading and for writing", async () => {
    const script = 'read line || echo "at the end" >&3; echo text && echo written >&3';
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    await runShell(script, { stdio: [null, null, null, writer] });
    fds.close(writer);
    assertEquals(await readText(reader), "at the end\nwritten\n");
  });

  it("lets the child block on a pipe, and leaves the caller's own descriptor as it is", async () => {
    using fds = new Fds();
    const [input, toInput] = fds.pipe();
    const [output, toOutput] = fds.pipe();
    const { pidfd } = os.spawn("/bin/cat", { stdio: [input, toOutput, toOutput] });
    assertEquals([input, toOutput].map(isNonblocking), [true, true]);
    const script = 'IFS= read -r line; printf "%s" "$line"';
    const second = os.spawn("/bin/sh", { args: ["-c", script], stdio: [output, null, 2] });
    fds.close(input);
    fds.close(toOutput);
    // Far more than the pipes hold.
    const text = new TextEncoder().encode(`${"x".repeat(50_000)}\n`);
    os.write(toInput, text);
    fds.close(toInput);
    assertEquals(await Promise.all([ended(pidfd), ended(second.pidfd)]), [ok, ok]);
  });

  it("lets the child block on a socket", async () => {
    using fds = new Fds();
    const [ours, theirs] = fds.socketpair();
    const { pidfd } = os.spawn("/bin/cat", { stdio: [theirs, theirs, theirs] });
    fds.close(theirs);
    const buffer = new Uint8Array(16);
    for (let round = 0; round < 3; round++) {
      os.write(ours, new Uint8Array([1, 2, 3]));
      await waitReadable(ours);
      assertEquals(os.read(ours, buffer), 3);
    }
    assertEquals(isNonblocking(ours), true);
    os.shutdown(ours, "write");
    assertEquals(await ended(pidfd), ok);
  });

  it("gives descriptors from 3 on as they are", async () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const script = "grep flags /proc/self/fdinfo/3 /proc/self/fdinfo/4";
    const { output } = await run("/bin/sh", {
      args: ["-c", script],
      stdio: [null, undefined, undefined, reader, writer],
    });
    const flags = Array.from(
      output.matchAll(/flags:\s*(\d+)/g),
      ([, octal]) => parseInt(octal!, 8),
    );
    assertEquals(flags.map((flags) => flags & (os.O_NONBLOCK | os.O_CLOEXEC)), [
      os.O_NONBLOCK,
      os.O_NONBLOCK,
    ]);
  });
});

/** Reads `count` lines from a controller, to which the kernel passes them in its own time. */
async function readLines(controller: number, count: number): Promise<string[]> {
  const buffer = new Uint8Array(4096);
  for (let text = "";;) {
    const length = os.read(controller, buffer);
    if (length === undefined) await waitReadable(controller);
    else text += new TextDecoder().decode(buffer.subarray(0, length));
    const lines = text.split("\r\n");
    if (lines.length > count) return lines;
  }
}

describe("spawn() with a terminal", () => {
  const script = "tty; ps -o pid=,sid=,tpgid=,stat= -p $$; echo from the child > /dev/tty";

  for (const kind of ["a descriptor", "a path"]) {
    it(`makes it the child's controlling terminal: ${kind}`, async () => {
      using fds = new Fds();
      const { controller, terminal, name } = os.openpty();
      fds.own(controller);
      fds.own(terminal);
      const { pid, pidfd } = os.spawn("/bin/sh", {
        args: ["-c", script],
        terminal: kind === "a path" ? name : { fd: terminal },
      });
      assertEquals(await ended(pidfd), ok);
      const [path, ids, last] = await readLines(controller, 3);
      assertEquals([path, last], [name, "from the child"]);
      assertEquals(ids!.trim().split(/\s+/).slice(0, 3), [pid, pid, pid].map(String));
      assertEquals(isNonblocking(terminal), true);
    });
  }

  it("leaves standard descriptors to stdio, and the terminal to /dev/tty", async () => {
    using fds = new Fds();
    const { controller, terminal } = os.openpty();
    fds.own(controller);
    fds.own(terminal);
    const result = await runShell("tty || echo none; cat; echo from the child > /dev/tty", {
      terminal,
    });
    assertEquals(result, { ...ok, output: "not a tty\nnone\n" });
    const buffer = new Uint8Array(4096);
    assertEquals(os.read(controller, buffer), "from the child\r\n".length);
  });

  it("fails for descriptors that aren't terminals, including a controller", () => {
    using fds = new Fds();
    const { controller, terminal } = os.openpty();
    fds.own(controller);
    fds.own(terminal);
    for (const fd of [controller, fds.pipe()[0]]) {
      const error = assertThrows(() => os.spawn("/bin/true", { terminal: fd }), SystemError);
      assertEquals([error.code, error.fd], ["ENOTTY", fd]);
    }
  });

  it("starts a session without a terminal only with setsid", async () => {
    const sessionOf = async (options: os.SpawnOptions) => {
      const { output } = await runShell("echo $(ps -o sid= -p $$) $$", options);
      const [session, pid] = output.trim().split(" ");
      return session === pid;
    };
    assertEquals(await sessionOf({}), false);
    assertEquals(await sessionOf({ setsid: true }), true);
  });
});

describe("spawn() without stdio", () => {
  it("leaves 0, 1 and 2 to the child, even if they are close-on-exec", async () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const standard = [0, 1, 2];
    const [F_GETFD, F_SETFD, FD_CLOEXEC] = [1, 2, 1];
    const flags = standard.map((fd) => os.fcntl(fd, F_GETFD));
    for (const fd of standard) os.fcntl(fd, F_SETFD, FD_CLOEXEC);
    try {
      const script = "for fd in 0 1 2; do test -e /proc/$$/fd/$fd && printf $fd >&3; done";
      const stdio = [undefined, undefined, undefined, writer];
      const { pidfd } = os.spawn("/bin/sh", { args: ["-c", script], stdio });
      fds.own(pidfd);
      await waitReadable(pidfd);
      os.waitPidfd(pidfd);
    } finally {
      standard.forEach((fd, index) => os.fcntl(fd, F_SETFD, flags[index]));
    }
    const buffer = new Uint8Array(8);
    const length = os.read(reader, buffer);
    assertEquals(new TextDecoder().decode(buffer.subarray(0, length)), "012");
  });
});

describe("spawn() that fails", () => {
  /** Makes the call, which has to fail and leave nothing open or running. */
  async function failure(path: string, options: os.SpawnOptions = {}): Promise<SystemError> {
    const before = { fds: countFds(), children: childPids() };
    const error = assertThrows(() => os.spawn(path, options), SystemError);
    await noMoreFdsThan(before.fds);
    assertEquals(childPids(), before.children);
    return error;
  }

  it("names the path that is wrong", async () => {
    using folder = new TemporaryFolder();
    const file = (name: string, text: string, mode: number) => {
      const path = join(folder.path, name);
      writeFileSync(path, text);
      chmodSync(path, mode);
      return path;
    };
    const script = file("script", "#!/nonexistent/interpreter\n", 0o755);
    const bare = file("bare", "echo hello\n", 0o755);
    const closed = file("closed", "#!/bin/sh\n", 0o644);
    const busy = file("busy", "", 0o755);
    const missing = join(folder.path, "missing");
    const cases: [
      path: string,
      options: os.SpawnOptions,
      code: string,
      guilty: string,
      hint?: string,
    ][] = [
      [missing, {}, "ENOENT", missing],
      ["missing", {}, "ENOENT", "missing", "PATH"],
      ["sh", { cwd: folder.path }, "ENOENT", "sh", "PATH"],
      ["", {}, "ENOENT", ""],
      [script, {}, "ENOENT", script, "interpreter"],
      [bare, {}, "ENOEXEC", bare],
      [closed, {}, "EACCES", closed],
      [folder.path, {}, "EACCES", folder.path],
      [`${closed}/below`, {}, "ENOTDIR", `${closed}/below`],
      ["/bin/true", { cwd: missing }, "ENOENT", missing, "directory"],
      ["/bin/true", { cwd: closed }, "ENOTDIR", closed, "directory"],
      ["/bin/true", { cwd: "" }, "ENOENT", "", "directory"],
      ["/bin/true", { terminal: missing }, "ENOENT", missing, "terminal"],
      ["/bin/true", { terminal: folder.path }, "ENOTTY", folder.path, "terminal"],
      [missing, { cwd: missing, terminal: missing }, "ENOENT", missing, "terminal"],
      ["/bin/true", { args: ["x".repeat(10_000_000)] }, "E2BIG", "/bin/true"],
      ["/bin/true", { cwd: "x".repeat(10_000) }, "ENAMETOOLONG", "x".repeat(10_000)],
    ];
    for (const [path, options, code, guilty, hint = ""] of cases) {
      const error = await failure(path, options);
      assertEquals([error.code, error.path, error.syscall], [code, guilty, "posix_spawn"]);
      assertStringIncludes(error.message, hint);
    }
    using writing = new Fds();
    writing.own(os.open(busy, os.O_WRONLY));
    assertEquals((await failure(busy)).code, "ETXTBSY");
  });

  it("names the program in a directory whose name isn't UTF-8", async () => {
    using folder = new TemporaryFolder();
    execFileSync("sh", ["-c", `mkdir "$1/$(printf '\\377')"`, "sh", folder.path]);
    const cwd = Uint8Array.of(...new TextEncoder().encode(`${folder.path}/`), 0xff);
    assertEquals((await failure("/nosuch", { cwd })).path, "/nosuch");
  });

  it("writes to no file that is given as the terminal", async () => {
    using folder = new TemporaryFolder();
    const path = join(folder.path, "file");
    writeFileSync(path, "contents");
    const error = await failure("/bin/echo", { args: ["text"], terminal: path });
    assertEquals([error.code, error.path], ["ENOTTY", path]);
    assertEquals(readFileSync(path, "utf8"), "contents");
  });

  it("names a terminal that has hung up", async () => {
    using fds = new Fds();
    const { controller, terminal, name } = os.openpty();
    fds.own(terminal);
    os.close(controller);
    assertEquals((await failure("/bin/true", { terminal })).code, "ENOTTY");
    const error = await failure("/bin/true", { terminal: name });
    assertEquals([error.code, error.path], ["ENOENT", name]);
  });

  it("names a descriptor that isn't open", async () => {
    for (
      const options of [{ stdio: [999] }, { stdio: [null, null, null, 999] }, { terminal: 999 }]
    ) {
      const error = await failure("/bin/true", options);
      assertEquals([error.code, error.fd], ["EBADF", 999]);
    }
  });

  it("leaves a socket nonblocking", async () => {
    using fds = new Fds();
    const [ours, theirs] = fds.socketpair();
    await failure("/nonexistent", { stdio: [ours, theirs] });
    await failure("/bin/true", { stdio: [ours, theirs, 999] });
    assertEquals([ours, theirs].map(isNonblocking), [true, true]);
  });

  it("leaves nothing where the C library fails", async () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const options = { stdio: [reader, writer], cwd: "/" };
    const functions = bindSymbols(spawnSymbols);
    const names = Object.keys(spawnSymbols) as (keyof typeof spawnSymbols)[];
    for (const name of names.filter((name) => !/addopen|addclose|destroy/.test(name))) {
      using _fault = failingIn(functions, name, 0, ENOMEM);
      assertEquals((await failure("/bin/true", options)).code, "ENOMEM", name);
    }
  });

  it("leaves nothing running where there is no descriptor left for its pidfd", async () => {
    using folder = new TemporaryFolder();
    const trace = join(folder.path, "trace");
    writeFileSync(trace, "");
    using fds = new Fds();
    const [ours, theirs] = fds.socketpair();
    const options = { args: ["-c", `echo started >> ${trace}; sleep 60`], stdio: [ours, theirs] };
    {
      using _fault = failing("eventfd", EMFILE);
      assertEquals((await failure("/bin/sh", options)).code, "EMFILE");
      assertEquals(readFileSync(trace, "utf8"), "");
      assertEquals([ours, theirs].map(isNonblocking), [true, true]);
    }
    // Another thread may take the last one after the check.
    using _fault = failingIn(bindSymbols(threadSymbols), "syscall", EMFILE, -1);
    assertEquals((await failure("/bin/sh", options)).code, "EMFILE");
    assertEquals([ours, theirs].map(isNonblocking), [true, true]);
  });
});
