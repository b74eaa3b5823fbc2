import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SystemError, waitReadable } from "../../mod.ts";
import { inotify_event } from "../../src/os/inotify.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { Random } from "../support/random.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

type Event = Omit<os.InotifyEvent, "nameBytes">;

/** The events of `fd` without the bytes of their names, which must be the same. */
function readEvents(fd: number): Event[] {
  return os.readInotify(fd).map(({ nameBytes, ...event }) => {
    assertEquals(new TextDecoder("utf-8", { ignoreBOM: true }).decode(nameBytes), event.name);
    return event;
  });
}

describe("readInotify()", () => {
  it("returns changes in order, with names", async () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    assertEquals(readEvents(fd), []);
    const wd = os.inotifyAddWatch(fd, folder.path, os.IN_CREATE | os.IN_CLOSE_WRITE | os.IN_DELETE);
    writeFileSync(join(folder.path, "one"), "1");
    writeFileSync(join(folder.path, "a longer name"), "2");
    rmSync(join(folder.path, "one"));
    await waitReadable(fd);
    assertEquals(readEvents(fd), [
      { wd, mask: os.IN_CREATE, cookie: 0, name: "one" },
      { wd, mask: os.IN_CLOSE_WRITE, cookie: 0, name: "one" },
      { wd, mask: os.IN_CREATE, cookie: 0, name: "a longer name" },
      { wd, mask: os.IN_CLOSE_WRITE, cookie: 0, name: "a longer name" },
      { wd, mask: os.IN_DELETE, cookie: 0, name: "one" },
    ]);
  });

  it("returns both events of a move with the same cookie", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    writeFileSync(join(folder.path, "old"), "");
    os.inotifyAddWatch(fd, folder.path, os.IN_MOVED_FROM | os.IN_MOVED_TO);
    renameSync(join(folder.path, "old"), join(folder.path, "new"));
    const [from, to] = readEvents(fd);
    assertEquals([from?.name, to?.name], ["old", "new"]);
    assert(from!.cookie !== 0);
    assertEquals(from?.cookie, to?.cookie);
  });

  it("keeps a byte order mark at the start of a name", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    os.inotifyAddWatch(fd, folder.path, os.IN_CREATE);
    writeFileSync(join(folder.path, "\uFEFFname"), "");
    assertEquals(readEvents(fd).map(({ name }) => name), ["\uFEFFname"]);
  });

  it("returns the bytes of names that aren't UTF-8, so that open() finds the files", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    os.inotifyAddWatch(fd, folder.path, os.IN_CREATE);
    const start = new TextEncoder().encode(`${folder.path}/caf`);
    for (const last of [0xe9, 0xe8]) {
      const path = Uint8Array.from([...start, last]);
      os.write(fds.own(os.open(path, os.O_WRONLY | os.O_CREAT)), Uint8Array.from([last]));
    }
    const events = os.readInotify(fd);
    assertEquals(events.map(({ name }) => name), ["caf\ufffd", "caf\ufffd"]);
    assertEquals(events.map(({ nameBytes }) => nameBytes.at(-1)), [0xe9, 0xe8]);
    const folderPath = new TextEncoder().encode(`${folder.path}/`);
    for (const { nameBytes } of events) {
      const file = fds.own(os.open(Uint8Array.from([...folderPath, ...nameBytes]), os.O_RDONLY));
      const content = new Uint8Array(8);
      assertEquals([os.read(file, content), content[0]], [1, nameBytes.at(-1)]);
    }
  });
});

describe("inotifyAddWatch()", () => {
  it("throws an error with the descriptor and the path", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const [socket] = fds.socketpair();
    const error = assertThrows(
      () => os.inotifyAddWatch(socket, "/tmp", os.IN_CREATE),
      SystemError,
      'for "/tmp" failed: EINVAL',
    );
    assertStringIncludes(error.message, `on fd ${socket} (socket:`);
    assertEquals([error.fd, error.path], [socket, "/tmp"]);
    const fd = fds.own(os.inotify());
    const none = join(folder.path, "none");
    assertThrows(() => os.inotifyAddWatch(fd, none, os.IN_CREATE), SystemError, "ENOENT");
  });

  it("refuses a mask of 0", () => {
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    assertThrows(() => os.inotifyAddWatch(fd, "/tmp", 0), RangeError, "The mask must have");
  });
});

describe("inotifyRmWatch()", () => {
  it("removes one watch, and IN_IGNORED reports it", () => {
    using folder = new TemporaryFolder();
    using fds = new Fds();
    const fd = fds.own(os.inotify());
    const wd = os.inotifyAddWatch(fd, folder.path, os.IN_CREATE);
    const other = os.inotifyAddWatch(fd, "/", os.IN_OPEN | os.IN_ONLYDIR);
    os.inotifyRmWatch(fd, wd);
    writeFileSync(join(folder.path, "late"), "");
    const about = readEvents(fd).filter((event) => event.wd === wd);
    assertEquals(about, [{ wd, mask: os.IN_IGNORED, cookie: 0, name: "" }]);
    const error = assertThrows(() => os.inotifyRmWatch(fd, wd), SystemError, "EINVAL");
    assertEquals([error.syscall, error.fd], ["inotify_rm_watch", fd]);
    os.inotifyRmWatch(fd, other);
  });

  it("throws EINVAL for a descriptor that isn't an inotify instance", () => {
    using fds = new Fds();
    assertThrows(() => os.inotifyRmWatch(fds.pipe()[0], 1), SystemError, "EINVAL");
  });
});

/** An event as the kernel writes it, with a name padded to a multiple of 16 bytes. */
function encode(wd: number, name: string): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  const padded = name === "" ? 0 : Math.ceil((bytes.length + 1) / 16) * 16;
  const event = new DataView(new ArrayBuffer(inotify_event.name + padded));
  event.setInt32(inotify_event.wd, wd, true);
  event.setUint32(inotify_event.mask, os.IN_OPEN, true);
  event.setUint32(inotify_event.len, padded, true);
  new Uint8Array(event.buffer).set(bytes, inotify_event.name);
  return new Uint8Array(event.buffer);
}

describe("readInotify(), given bytes that aren't whole events,", () => {
  it("returns the whole ones and drops the rest, wherever they are cut", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const parts = [encode(1, "first"), encode(2, ""), encode(3, "a name of more than 16 bytes")];
    const ends = parts.map((_, index) => parts.slice(0, index + 1).flatMap((part) => [...part]));
    const all = Uint8Array.from(ends.at(-1)!);
    for (let length = 1; length <= all.length; length++) {
      os.write(writer, all.subarray(0, length));
      const whole = ends.filter((end) => end.length <= length).length;
      assertEquals(readEvents(reader).map(({ wd }) => wd), [1, 2, 3].slice(0, whole));
    }
  });

  it("never returns a byte that was not read", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const random = new Random(23);
    for (let round = 0; round < 2000; round++) {
      const bytes = random.bytes(1 + random.below(200));
      // Lengths that are likely to fit, almost fit, or overflow a signed number.
      const view = new DataView(bytes.buffer);
      for (let at = 0; at + 16 <= bytes.length; at += 16 + random.below(32)) {
        const lengths = [0, random.below(64), bytes.length - at - 16, 0x7fff_ffff, 0xffff_fff0];
        view.setUint32(at + 12, lengths[random.below(lengths.length)]!, true);
      }
      os.write(writer, bytes);
      const events = os.readInotify(reader);
      const sizes = events.map(({ nameBytes }) => inotify_event.name + nameBytes.length);
      assert(sizes.reduce((sum, size) => sum + size, 0) <= bytes.length, `round ${round}`);
      const text = bytes.toHex();
      for (const { nameBytes } of events) assertStringIncludes(text, nameBytes.toHex());
    }
  });
});
