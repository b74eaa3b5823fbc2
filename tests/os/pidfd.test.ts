/** Processes as descriptors. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import process from "node:process";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { childPids, ended, runShell, stateOf } from "../support/children.ts";
import { until } from "../support/event_loop.ts";
import { countFds, Fds, noMoreFdsThan, poke } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { poll } from "../support/libc.ts";

describe("pidfdOpen()", () => {
  it("opens a process, readable once that has ended", async () => {
    using fds = new Fds();
    const child = spawn("cat", { stdio: ["pipe", "ignore", "ignore"] });
    const fd = fds.own(os.pidfdOpen(child.pid!));
    assert(flagsOf(fd) & os.O_NONBLOCK);
    assert(flagsOf(fd) & os.O_CLOEXEC);
    assertEquals(poll([fd]), [0]);
    child.stdin!.end();
    await waitReadable(fd);
    assertEquals(poll([fd])[0]! & 1, 1);
  });

  it("fails for a pid without a process, and names it", async () => {
    const before = countFds();
    os.close(os.pidfdOpen(process.pid));
    // More than Linux ever gives.
    const error = assertThrows(() => os.pidfdOpen(2 ** 31 - 1), SystemError, "2147483647");
    assertEquals(error.code, "ESRCH");
    await noMoreFdsThan(before);
  });
});

describe("waitPidfd()", () => {
  it("returns the exit code, or the signal by its name", async () => {
    for (const code of [0, 1, 127, 255]) {
      const { code: found, signal } = await runShell(`exit ${code}`);
      assertEquals([found, signal], [code, null]);
    }
    for (const [number, name] of [[9, "SIGKILL"], [15, "SIGTERM"], [6, "SIGABRT"], [40, "SIG40"]]) {
      const { code, signal } = await runShell(`ulimit -c 0; kill -${number} $$`);
      assertEquals([code, signal], [null, name]);
    }
  });

  it("returns undefined while the child runs, a stopped one included", async () => {
    using fds = new Fds();
    const { pid, pidfd } = os.spawn("/bin/cat", { stdio: fds.socketpair() });
    assertEquals(os.waitPidfd(pidfd), undefined);
    os.sendSignal(pidfd, "SIGSTOP");
    await until(() => stateOf(`/proc/${pid}`) === "T", () => new Error("it wasn't stopped"));
    assertEquals(os.waitPidfd(pidfd), undefined);
    os.sendSignal(pidfd, "SIGKILL");
    assertEquals(await ended(pidfd), { code: null, signal: "SIGKILL" });
  });

  it("removes the child from the process table, once", async () => {
    const { pid, pidfd } = os.spawn("/bin/true");
    await waitReadable(pidfd);
    assert(childPids().includes(pid));
    assertEquals(os.waitPidfd({ fd: pidfd }), { code: 0, signal: null });
    assert(!childPids().includes(pid));
    const error = assertThrows(() => os.waitPidfd(pidfd), SystemError, "SIGCHLD");
    assertEquals([error.code, error.fd], ["ECHILD", pidfd]);
    os.close(pidfd);
  });

  it("fails for processes that aren't children", () => {
    using fds = new Fds();
    const self = fds.own(os.pidfdOpen(process.pid));
    assertEquals(assertThrows(() => os.waitPidfd(self), SystemError).code, "ECHILD");
    const [reader] = fds.pipe();
    assertEquals(assertThrows(() => os.waitPidfd(reader), SystemError).code, "EBADF");
  });
});

describe("sendSignal()", () => {
  it("sends a signal by its name or its number", async () => {
    const signals: [signal: string | number, name: string][] = [
      ["SIGUSR1", "SIGUSR1"],
      [12, "SIGUSR2"],
      ["SIG40", "SIG40"],
      ["SIGIOT", "SIGABRT"],
    ];
    for (const [signal, name] of signals) {
      using fds = new Fds();
      const { pidfd } = os.spawn("/bin/cat", { stdio: fds.socketpair() });
      assertEquals(os.sendSignal(pidfd, signal), true);
      assertEquals(await ended(pidfd), { code: null, signal: name });
    }
  });

  it("returns false once the process has ended, waited for or not", async () => {
    const { pidfd } = os.spawn("/bin/true");
    await waitReadable(pidfd);
    assertEquals(
      [0, "SIGTERM", 9].map((signal) => os.sendSignal(pidfd, signal)),
      Array(3).fill(false),
    );
    os.waitPidfd(pidfd);
    assertEquals(
      [0, "SIGTERM", 9].map((signal) => os.sendSignal(pidfd, signal)),
      Array(3).fill(false),
    );
    os.close(pidfd);
  });

  it("sends nothing for 0", () => {
    using fds = new Fds();
    assertEquals(os.sendSignal(fds.own(os.pidfdOpen(process.pid)), 0), true);
  });

  it("refuses other names, other numbers and other descriptors", () => {
    using fds = new Fds();
    const self = fds.own(os.pidfdOpen(process.pid));
    for (
      const name of ["", "TERM", "sigterm", "SIG", "SIG9", "SIG65", "-", "constructor", "SIGTERM "]
    ) {
      assertThrows(() => os.sendSignal(self, name), TypeError, `'${name}'`);
    }
    const [reader, writer] = fds.pipe();
    for (const ready of [false, true]) {
      if (ready) poke(writer);
      assertEquals(assertThrows(() => os.sendSignal(reader, 0), SystemError).code, "EBADF");
    }
  });
});
