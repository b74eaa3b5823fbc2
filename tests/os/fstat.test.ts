/** Attributes of files. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { linkSync, statSync, utimesSync } from "node:fs";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { cannotRunPython, runPython } from "../support/python.ts";
import { describeUnless } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const names = [
  ...["dev", "ino", "mode", "nlink", "uid", "gid", "rdev", "size", "blksize", "blocks"],
] as const satisfies (keyof os.FileStat)[];

describe("fstat()", () => {
  it("returns the attributes of a file, as node:fs does", () => {
    using fds = new Fds();
    using folder = new TemporaryFolder();
    const path = `${folder.path}/file`;
    const fd = fds.own(os.open(path, os.O_RDWR | os.O_CREAT, 0o640));
    os.write(fd, new Uint8Array(10_000));
    linkSync(path, `${path}2`);
    utimesSync(path, 1_234_567, 2_345_678.25);
    const stat = os.fstat(fd);
    const expected = statSync(path);
    for (const name of names) assertEquals(stat[name], expected[name], name);
    assertEquals(stat.mode & os.S_IFMT, os.S_IFREG);
    assertEquals([stat.nlink, stat.size], [2, 10_000]);
    assertEquals(stat.atime, new Date(1_234_567_000));
    assertEquals(stat.mtime, new Date(2_345_678_250));
    assertEquals(stat.mtimeNs, 2_345_678_250_000_000n);
  });

  it("returns the type of each kind of file", () => {
    using fds = new Fds();
    const types: [fd: number, type: number][] = [
      [os.open("/", os.O_RDONLY), os.S_IFDIR],
      [os.open("/dev/null", os.O_RDONLY), os.S_IFCHR],
      [os.pipe()[0], os.S_IFIFO],
      [os.socketpair()[0], os.S_IFSOCK],
      [os.memfdCreate("type"), os.S_IFREG],
    ];
    for (const [fd, type] of types) assertEquals(os.fstat(fds.own(fd)).mode & os.S_IFMT, type);
  });

  it("returns no links for a file without a name", () => {
    using fds = new Fds();
    assertEquals(os.fstat(fds.own(os.memfdCreate("anonymous"))).nlink, 0);
  });

  it("throws EBADF for a number that isn't open", () => {
    const error = assertThrows(() => os.fstat(9999), SystemError, "EBADF");
    assertEquals([error.syscall, error.fd], ["fstat", 9999]);
  });
});

describeUnless(cannotRunPython(), "fstat(), compared with Python's,", () => {
  it("returns the same of the same descriptor", async () => {
    using fds = new Fds();
    for (const fd of [os.open("/dev/zero", os.O_RDONLY), os.pipe()[0], os.memfdCreate("python")]) {
      const stat = os.fstat(fds.own(fd));
      const python = await runPython(
        fd,
        `stat = os.fstat(0)
        values = {name: getattr(stat, 'st_' + name) for name in ${JSON.stringify(names)}}
        values | {'mtimeNs': str(stat.st_mtime_ns)}`,
      );
      const ours = Object.fromEntries(names.map((name) => [name, stat[name]]));
      assertEquals(python, { ...ours, mtimeNs: String(stat.mtimeNs) });
      assert(Math.abs(stat.ctime.getTime() - Number(stat.ctimeNs / 1_000_000n)) <= 1);
    }
  });
});
