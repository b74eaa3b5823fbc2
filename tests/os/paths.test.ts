/** Paths as strings and as bytes. */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import process from "node:process";
import { SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

/** Two names in Latin-1, which as UTF-8 look alike. */
const names = [[0x63, 0xe9], [0x63, 0xe8]].map((bytes) => Uint8Array.from(bytes));

function join(folder: string, name: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(`${folder}/`), name]));
}

/** Lists `folder` with octal escapes. Not all runtimes list names as bytes. */
function namesIn(folder: string): string[] {
  const env = { ...process.env, LC_ALL: "C" };
  return execFileSync("ls", ["-b", folder], { encoding: "utf8", env }).trim().split("\n");
}

/** The functions that make a file with a path. */
const calls: Record<string, (path: os.PathLike, fds: Fds) => void> = {
  "open()": (path, fds) => void fds.own(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR)),
  "mkfifo()": (path) => os.mkfifo(path, 0o600),
  "listenUnix()": (path, fds) => void fds.own(os.listenUnix(path)),
};

for (const [call, make] of Object.entries(calls)) {
  describe(call, () => {
    it("makes files whose names aren't UTF-8", () => {
      using folder = new TemporaryFolder();
      using fds = new Fds();
      for (const name of names) make(join(folder.path, name), fds);
      assertEquals(namesIn(folder.path), ["c\\350", "c\\351"]);
    });

    it("accepts a Buffer, a part of other memory, and shared memory", () => {
      using folder = new TemporaryFolder();
      using fds = new Fds();
      make(Buffer.from(`${folder.path}/a`), fds);
      make(Buffer.from(`---${folder.path}/b---`).subarray(3, -3), fds);
      const path = new TextEncoder().encode(`${folder.path}/c`);
      const shared = new Uint8Array(new SharedArrayBuffer(path.length));
      shared.set(path);
      make(shared, fds);
      assertEquals(readdirSync(folder.path).sort(), ["a", "b", "c"]);
    });

    it("refuses a path with a NUL, and other types", () => {
      using fds = new Fds();
      const detached = new Uint8Array(8);
      detached.buffer.transfer();
      const wrong = [Uint8Array.from([97, 0, 97]), "a\0a", "\ud800", detached, 7, null, ["/"]];
      for (const path of wrong) assertThrows(() => make(path as never, fds), TypeError);
    });
  });
}

describe("open()", () => {
  it("names a path of bytes in its error", () => {
    const path = new TextEncoder().encode("/nonexistent/ünïcode");
    const error = assertThrows(() => os.open(path, os.O_RDONLY), SystemError, "ENOENT");
    assertEquals(error.path, "/nonexistent/ünïcode");
    assertThrows(() => os.open(new Uint8Array(0), os.O_RDONLY), SystemError, "ENOENT");
  });
});

describe("mkfifo()", () => {
  it("makes a FIFO with the permissions", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const path = `${folder.path}/fifo`;
    os.mkfifo(path, 0o600);
    const reader = fds.own(os.open(path, os.O_RDONLY));
    const { mode } = os.fstat(reader);
    assertEquals([mode & os.S_IFMT, mode & 0o777], [os.S_IFIFO, 0o600]);
    const writer = fds.own(os.open(path, os.O_WRONLY));
    os.write(writer, new Uint8Array(3));
    assertEquals(os.read(reader, new Uint8Array(8)), 3);
    const error = assertThrows(() => os.mkfifo(path, 0o600), SystemError, "EEXIST");
    assertEquals([error.syscall, error.path], ["mkfifo", path]);
  });
});

describe("inotifyAddWatch()", () => {
  it("watches a directory whose name isn't UTF-8, and names it in its error", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    const path = join(folder.path, names[0]!);
    const error = assertThrows(() => os.inotifyAddWatch(fd, path, os.IN_OPEN), SystemError);
    assertEquals([error.code, error.path], ["ENOENT", `${folder.path}/c\ufffd`]);
    os.mkfifo(path, 0o600);
    assertEquals(os.inotifyAddWatch(fd, path, os.IN_OPEN), 1);
  });
});

describe("unixAddress()", () => {
  it("accepts the bytes of a path and of an abstract name", () => {
    const path = Uint8Array.from([0x2f, 0xe9]);
    assertEquals([...os.unixAddress(path)], [1, 0, 0x2f, 0xe9, 0]);
    const abstract = Uint8Array.from([0, 0xe9, 0, 1]);
    assertEquals([...os.unixAddress(abstract)], [1, 0, 0, 0xe9, 0, 1]);
    assertThrows(() => os.unixAddress(new Uint8Array(0)), TypeError, "empty");
    assertThrows(() => os.unixAddress(new Uint8Array(109).fill(97)), RangeError, "107");
    assertThrows(() => os.unixAddress(Uint8Array.from([97, 0])), TypeError, "NUL");
  });
});
