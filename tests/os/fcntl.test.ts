/** Operations on descriptors. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds, fill } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { cannotRunPython, runPython } from "../support/python.ts";
import { describeUnless } from "../support/skip.ts";

describe("fcntl()", () => {
  it("returns and sets flags", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    assertEquals(os.fcntl(reader, os.F_GETFL) & (os.O_ACCMODE | os.O_NONBLOCK), os.O_NONBLOCK);
    assertEquals(os.fcntl(reader, os.F_SETFL, 0), 0);
    assertEquals(flagsOf(reader) & os.O_NONBLOCK, 0);
    assertEquals(os.fcntl(reader, os.F_GETFD), os.FD_CLOEXEC);
    os.fcntl(reader, os.F_SETFD, 0);
    assertEquals(flagsOf(reader) & os.O_CLOEXEC, 0);
  });

  it("sets and returns the capacity of a pipe", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    assertEquals(os.fcntl(reader, os.F_GETPIPE_SZ), 65536);
    assertEquals(os.fcntl(writer, os.F_SETPIPE_SZ, 5000), 8192);
    assertEquals(os.fcntl(reader, os.F_GETPIPE_SZ), 8192);
    assertEquals(fill(writer), 8192);
  });

  it("adds and returns seals", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("seals", os.MFD_ALLOW_SEALING));
    os.ftruncate(fd, 10);
    const seals = os.F_SEAL_SHRINK | os.F_SEAL_GROW;
    assertEquals(os.fcntl(fd, os.F_ADD_SEALS, seals), 0);
    assertEquals(os.fcntl(fd, os.F_GET_SEALS), seals);
    assertThrows(() => os.ftruncate(fd, 5), SystemError, "EPERM");
    assertThrows(() => os.ftruncate(fd, 50), SystemError, "EPERM");
    os.fcntl(fd, os.F_ADD_SEALS, os.F_SEAL_SEAL);
    assertThrows(() => os.fcntl(fd, os.F_ADD_SEALS, os.F_SEAL_WRITE), SystemError, "EPERM");
  });

  it("duplicates to a number from the argument up", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    const copy = fds.own(os.fcntl(reader, os.F_DUPFD_CLOEXEC, 500));
    assert(copy >= 500);
    assert(flagsOf(copy) & os.O_CLOEXEC);
    assertEquals(os.fstat(copy).ino, os.fstat(reader).ino);
  });

  it("throws the errno of a command that fails", () => {
    using fds = new Fds();
    const [a] = fds.socketpair();
    const error = assertThrows(() => os.fcntl(a, os.F_GETPIPE_SZ), SystemError, "EBADF");
    assertEquals([error.syscall, error.fd], ["fcntl", a]);
    assertThrows(() => os.fcntl(a, 99_999), SystemError, "EINVAL");
    assertThrows(() => os.fcntl(a, os.F_DUPFD_CLOEXEC, -1), SystemError, "EINVAL");
  });
});

describeUnless(cannotRunPython(), "fcntl(), compared with Python's,", () => {
  it("sees the same flags, capacity and seals", async () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    os.fcntl(writer, os.F_SETPIPE_SZ, 1 << 17);
    assertEquals(
      await runPython(reader, "[fcntl.fcntl(0, 1032), fcntl.fcntl(0, fcntl.F_GETFL)]"),
      [1 << 17, os.fcntl(reader, os.F_GETFL)],
    );
    const fd = fds.own(os.memfdCreate("seals", os.MFD_ALLOW_SEALING));
    await runPython(fd, "fcntl.fcntl(0, 1033, 6)");
    assertEquals(os.fcntl(fd, os.F_GET_SEALS), os.F_SEAL_SHRINK | os.F_SEAL_GROW);
  });
});
