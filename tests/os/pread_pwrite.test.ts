/** Reading and writing at a position. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { cannotRunPython, runPython } from "../support/python.ts";
import { describeUnless } from "../support/skip.ts";

const encoder = new TextEncoder();

function readText(fd: number, length: number, offset: number): string {
  const buffer = new Uint8Array(length);
  return new TextDecoder().decode(buffer.subarray(0, os.pread(fd, buffer, offset)));
}

describe("pread()", () => {
  it("returns the bytes at the offset and leaves the position alone", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("pread"));
    os.write(fd, encoder.encode("hello, world"));
    assertEquals(readText(fd, 5, 7), "world");
    assertEquals(readText(fd, 64, 0), "hello, world");
    assertEquals(os.lseek(fd, 0, os.SEEK_CUR), 12);
  });

  it("returns 0 at the end and after it", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("pread"));
    os.write(fd, encoder.encode("hello"));
    for (const offset of [5, 6, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      assertEquals(os.pread(fd, new Uint8Array(8), offset), 0);
    }
  });

  it("reads beyond 4 GiB", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("pread"));
    for (const offset of [2 ** 31 + 5, 2 ** 32 + 5, 2 ** 41 + 5]) {
      assertEquals(os.pwrite(fd, encoder.encode("far"), offset), 3);
      assertEquals(readText(fd, 5, offset - 1), "\0far");
      assertEquals(os.fstat(fd).size, offset + 3);
    }
  });

  it("reads a file in /proc again from the start", () => {
    using fds = new Fds();
    const fd = fds.own(os.open("/proc/sys/kernel/ostype", os.O_RDONLY));
    assertEquals(readText(fd, 64, 0), "Linux\n");
    assertEquals(readText(fd, 64, 0), "Linux\n");
  });

  it("throws ESPIPE where there are no positions, and EBADF where it can't read", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    const error = assertThrows(() => os.pread(reader, new Uint8Array(8), 0), SystemError, "ESPIPE");
    assertEquals([error.syscall, error.fd], ["pread", reader]);
    const writeOnly = fds.own(os.open("/dev/null", os.O_WRONLY));
    assertThrows(() => os.pread(writeOnly, new Uint8Array(8), 0), SystemError, "EBADF");
  });
});

describe("pwrite()", () => {
  it("writes at the offset and leaves the position alone", () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("pwrite"));
    os.write(fd, encoder.encode("hello"));
    assertEquals(os.pwrite(fd, encoder.encode("a"), 1), 1);
    assertEquals(os.pwrite(fd, encoder.encode("!"), 7), 1);
    assertEquals(os.pwrite(fd, new Uint8Array(0), 100), 0);
    assertEquals(readText(fd, 64, 0), "hallo\0\0!");
    assertEquals(os.lseek(fd, 0, os.SEEK_CUR), 5);
  });

  it("throws ESPIPE where there are no positions", () => {
    using fds = new Fds();
    const [, writer] = fds.pipe();
    const error = assertThrows(() => os.pwrite(writer, encoder.encode("a"), 0), SystemError);
    assertEquals([error.code, error.syscall, error.fd], ["ESPIPE", "pwrite", writer]);
  });
});

describeUnless(cannotRunPython(), "pread() and pwrite(), compared with Python's,", () => {
  it("see the same bytes of the same file", async () => {
    using fds = new Fds();
    const fd = fds.own(os.memfdCreate("python"));
    os.pwrite(fd, encoder.encode("from JavaScript"), 2 ** 33);
    assertEquals(await runPython(fd, "os.pread(0, 64, 2**33).decode()"), "from JavaScript");
    await runPython(fd, "os.pwrite(0, b'from Python', 2**33 + 3)");
    assertEquals(readText(fd, 11, 2 ** 33 + 3), "from Python");
  });
});
