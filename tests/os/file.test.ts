/** Positions and lengths of files. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { cannotRunPython, runPython } from "../support/python.ts";
import { describeUnless } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("lseek()", () => {
  it("moves the position from the start, from itself and from the end", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("lseek"));
    os.ftruncate(fd, 100);
    assertEquals(os.lseek(fd, 10, os.SEEK_SET), 10);
    assertEquals(os.lseek(fd, -3, os.SEEK_CUR), 7);
    assertEquals(os.lseek(fd, -30, os.SEEK_END), 70);
    assertEquals(os.lseek(fd, 2 ** 40, os.SEEK_END), 2 ** 40 + 100);
    assertEquals(os.read(fd, new Uint8Array(8)), 0);
    assertEquals(os.lseek(fd, 0, os.SEEK_SET), 0);
    assertEquals(os.read(fd, new Uint8Array(8)), 8);
  });

  it("finds data and holes", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("lseek"));
    os.ftruncate(fd, 1_000_000);
    os.pwrite(fd, new Uint8Array([1]), 500_000);
    assertEquals(os.lseek(fd, 0, os.SEEK_HOLE), 0);
    const data = os.lseek(fd, 0, os.SEEK_DATA);
    assertEquals(data <= 500_000 && data > 400_000, true);
    assertThrows(() => os.lseek(fd, 900_000, os.SEEK_DATA), SystemError, "ENXIO");
  });

  it("moves to the negative addresses of a file of memory", () => {
    using fds = new Fds();
    const memory = fds.own(os.open("/proc/self/mem", os.O_RDONLY));
    for (const address of [-4096, -8192, -(2 ** 32)]) {
      assertEquals(os.lseek(memory, address, os.SEEK_SET), address);
    }
    assertEquals(os.lseek(memory, -4096, os.SEEK_CUR), -(2 ** 32) - 4096);
  });

  it("throws EINVAL before the start, and ESPIPE where there are no positions", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("lseek"));
    assertThrows(() => os.lseek(fd, -1, os.SEEK_SET), SystemError, "EINVAL");
    assertThrows(() => os.lseek(fd, 0, 99), SystemError, "EINVAL");
    const [a] = fds.socketpair();
    const error = assertThrows(() => os.lseek(a, 0, os.SEEK_CUR), SystemError, "ESPIPE");
    assertEquals([error.syscall, error.fd], ["lseek", a]);
  });
});

describe("ftruncate()", () => {
  it("shortens and extends a file", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("ftruncate"));
    os.write(fd, new TextEncoder().encode("hello"));
    os.ftruncate(fd, 2);
    os.ftruncate(fd, 2 ** 40);
    assertEquals(os.fstat(fd).size, 2 ** 40);
    const buffer = new Uint8Array(4);
    assertEquals(os.pread(fd, buffer, 0), 4);
    assertEquals([...buffer], [104, 101, 0, 0]);
    os.ftruncate(fd, 0);
    assertEquals(os.fstat(fd).size, 0);
  });

  it("throws EINVAL for a file that isn't open for writing, or isn't a file", () => {
    using fds = new Fds();
    const error = assertThrows(() => os.ftruncate(fds.pipe()[1], 0), SystemError, "EINVAL");
    assertEquals(error.syscall, "ftruncate");
    const readOnly = fds.own(os.open("/proc/self/status", os.O_RDONLY));
    assertThrows(() => os.ftruncate(readOnly, 0), SystemError, "EINVAL");
  });
});

describe("fsync()", () => {
  it("stores a file, and throws EINVAL for a pipe", () => {
    using fds = new Fds();
    using folder = new TemporaryFolder();
    const fd = fds.own(os.open(`${folder.path}/file`, os.O_WRONLY | os.O_CREAT));
    os.write(fd, new Uint8Array(10));
    os.fsync(fd);
    const [reader] = fds.pipe();
    const error = assertThrows(() => os.fsync(reader), SystemError, "EINVAL");
    assertEquals([error.syscall, error.fd], ["fsync", reader]);
  });
});

describeUnless(cannotRunPython(), "lseek() and ftruncate(), compared with Python's,", () => {
  it("share the position and the length of the open file", async () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("python"));
    os.ftruncate(fd, 2 ** 35);
    os.lseek(fd, 2 ** 34, os.SEEK_SET);
    const seen = await runPython(fd, "[os.lseek(0, 1, os.SEEK_CUR), os.lseek(0, 0, os.SEEK_END)]");
    assertEquals(seen, [2 ** 34 + 1, 2 ** 35]);
    await runPython(fd, "os.ftruncate(0, 77)");
    assertEquals(os.lseek(fd, 0, os.SEEK_CUR), 2 ** 35);
    assertEquals(os.lseek(fd, 0, os.SEEK_END), 77);
  });
});
