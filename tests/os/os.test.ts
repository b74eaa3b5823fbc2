import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { countFds, Fds, fill } from "../support/fds.ts";
import { flagsOf } from "../support/flags.ts";
import { connectTo } from "../support/libc.ts";

function withFolder(body: (folder: string) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), "fdready-"));
    try {
      await body(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

describe("descriptors", () => {
  it(
    "are all nonblocking and close-on-exec",
    withFolder((folder) => {
      using fds = new Fds();
      const pty = os.openpty();
      const listener = os.listenTcp("127.0.0.1", 0);
      const all = {
        open: os.open("/dev/null", os.O_RDWR),
        pipe: os.pipe(),
        socketpair: os.socketpair(),
        controller: pty.controller,
        terminal: pty.terminal,
        timerfd: os.timerfd({ initial: 1000 }),
        inotify: os.inotify(),
        unix: os.listenUnix(join(folder, "socket")),
        tcp: listener,
        tcp6: os.listenTcp("::1", 0),
        client: connectTo(listener),
        accepted: os.accept(listener)!,
      };
      for (const fd of Object.values(all).flat()) fds.own(fd);
      const { client: _, ...ours } = all;
      for (const [name, value] of Object.entries(ours)) {
        for (const fd of [value].flat()) {
          const flags = flagsOf(fd);
          assert(flags & os.O_NONBLOCK, `${name} blocks`);
          assert(flags & os.O_CLOEXEC, `${name} is inherited`);
        }
      }
    }),
  );

  it("are given back by what fails halfway", () => {
    const before = countFds();
    assertThrows(() => os.listenUnix("/nonexistent/socket"), SystemError, "ENOENT");
    assertThrows(() => os.timerfd({ initial: -1 }), RangeError, "-1");
    assertThrows(() => os.listenTcp("192.0.2.1", 0), SystemError, "EADDRNOTAVAIL");
    assertEquals(countFds(), before);
  });

  it("are duplicated close-on-exec", () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const copy = fds.own(os.dup(from));
    assert(flagsOf(copy) & os.O_CLOEXEC);
    os.write(to, new Uint8Array([1, 2, 3]));
    assertEquals(os.read(copy, new Uint8Array(8)), 3);
  });

  it("can be made to block, and not to", () => {
    using fds = new Fds();
    const [from] = fds.pipe();
    assertEquals(os.setNonblocking(from, false), true);
    assertEquals(flagsOf(from) & os.O_NONBLOCK, 0);
    assertEquals(os.setNonblocking(from, true), false);
    assertEquals(os.setNonblocking(from, true), true);
    assert(flagsOf(from) & os.O_NONBLOCK);
  });
});

describe("read and write", () => {
  it("say how many bytes, that it would block, and that it is the end", () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const buffer = new Uint8Array(4);
    assertEquals(os.read(from, buffer), undefined);
    assertEquals(os.write(to, new TextEncoder().encode("hello")), 5);
    assertEquals(os.read(from, buffer), 4);
    assertEquals(new TextDecoder().decode(buffer), "hell");
    assertEquals(os.read(from, buffer.subarray(1, 3)), 1);
    assertEquals(new TextDecoder().decode(buffer), "holl");
    assertEquals(os.write(to, new Uint8Array(0)), 0);
    fill(to);
    assertEquals(os.write(to, buffer), undefined);
    fds.close(to);
    while (os.read(from, new Uint8Array(65536))! > 0);
    assertEquals(os.read(from, buffer), 0);
  });

  it("fail with what the kernel says", () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const wrongWay = assertThrows(() => os.read(to, new Uint8Array(1)), SystemError, "EBADF");
    assertInstanceOf(wrongWay, SystemError);
    assertEquals([wrongWay.syscall, wrongWay.fd], ["read", to]);
    fds.close(from);
    assertThrows(() => os.write(to, new Uint8Array(1)), SystemError, "EPIPE");
    assertThrows(() => os.read(9999, new Uint8Array(1)), SystemError, "EBADF");
    assertThrows(() => os.read(0, new Uint8Array(0)), TypeError);
    assertThrows(() => os.close(9999), SystemError, "EBADF");
    assertThrows(() => os.dup(9999), SystemError, "EBADF");
    assertThrows(() => os.setNonblocking(9999, true), SystemError, "EBADF");
  });
});

describe("open", () => {
  it(
    "opens, makes and empties files",
    withFolder((folder) => {
      using fds = new Fds();
      const path = join(folder, "ünïcode");
      const fd = fds.own(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600));
      os.write(fd, new TextEncoder().encode("text"));
      assertEquals(readFileSync(path, "utf8"), "text");
      assertThrows(() => os.open(path, os.O_CREAT | os.O_EXCL), SystemError, "EEXIST");
      assertThrows(() => os.open(`${path}/x`, os.O_RDONLY), SystemError, "ENOTDIR");
      assertThrows(() => os.open("a\0b", os.O_RDONLY), TypeError, "NUL");
      assertThrows(() => os.open("/tmp/\ud800", os.O_RDONLY), TypeError, "surrogate");
      fds.own(os.open(path, os.O_WRONLY | os.O_TRUNC));
      assertEquals(readFileSync(path, "utf8"), "");
    }),
  );
});

describe("openpty", () => {
  it("makes two connected ends with a name", () => {
    using fds = new Fds();
    const { controller, terminal, name } = os.openpty();
    fds.own(controller);
    fds.own(terminal);
    assertEquals(readlinkSync(`/proc/self/fd/${terminal}`), name);
    os.write(terminal, new TextEncoder().encode("hi\n"));
    const buffer = new Uint8Array(16);
    const count = os.read(controller, buffer)!;
    assertEquals(new TextDecoder().decode(buffer.subarray(0, count)), "hi\r\n");
  });
});

describe("timerfd", () => {
  it("expires once, at once, or again and again", async () => {
    using fds = new Fds();
    const buffer = new Uint8Array(8);
    for (const initial of [0, 0.5, 3]) {
      const once = fds.own(os.timerfd({ initial }));
      await waitReadable(once);
      assertEquals(os.read(once, buffer), 8);
      assertEquals(buffer[0], 1);
      assertEquals(os.read(once, buffer), undefined);
    }
    const ticking = fds.own(os.timerfd({ initial: 1, interval: 1 }));
    for (let total = 0; total < 5;) {
      await waitReadable(ticking);
      os.read(ticking, buffer);
      total += Number(new DataView(buffer.buffer).getBigUint64(0, true));
    }
  });

  it("waits for as long as the kernel can, not for no time, if that is not long enough", () => {
    using fds = new Fds();
    for (const initial of [1e16, 1e22, 1e40, Number.MAX_VALUE]) {
      const fd = fds.own(os.timerfd({ initial, interval: initial }));
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
      for (const [, seconds] of info.matchAll(/it_(?:value|interval): \((\d+),/g)) {
        assert(Number(seconds) > 9e9, info);
      }
    }
  });

  it("refuses times that are none", () => {
    for (const initial of [-1, NaN, Infinity]) {
      assertThrows(() => os.timerfd({ initial }), RangeError, "initial");
      assertThrows(() => os.timerfd({ initial: 1, interval: initial }), RangeError, "interval");
    }
  });
});

describe("inotify", () => {
  it(
    "reports changes in order, with names",
    withFolder(async (folder) => {
      using fds = new Fds();
      const fd = fds.own(os.inotify());
      assertEquals(os.readInotify(fd), []);
      const wd = os.inotifyAddWatch(fd, folder, os.IN_CREATE | os.IN_CLOSE_WRITE | os.IN_DELETE);
      writeFileSync(join(folder, "one"), "1");
      writeFileSync(join(folder, "a longer name"), "2");
      rmSync(join(folder, "one"));
      await waitReadable(fd);
      assertEquals(os.readInotify(fd), [
        { wd, mask: os.IN_CREATE, cookie: 0, name: "one" },
        { wd, mask: os.IN_CLOSE_WRITE, cookie: 0, name: "one" },
        { wd, mask: os.IN_CREATE, cookie: 0, name: "a longer name" },
        { wd, mask: os.IN_CLOSE_WRITE, cookie: 0, name: "a longer name" },
        { wd, mask: os.IN_DELETE, cookie: 0, name: "one" },
      ]);
      assertThrows(
        () => os.inotifyAddWatch(fd, join(folder, "none"), os.IN_CREATE),
        SystemError,
        "ENOENT",
      );
    }),
  );

  it(
    "keeps a byte order mark that a name begins with",
    withFolder((folder) => {
      using fds = new Fds();
      const fd = fds.own(os.inotify());
      os.inotifyAddWatch(fd, folder, os.IN_CREATE);
      writeFileSync(join(folder, "\uFEFFname"), "");
      assertEquals(os.readInotify(fd).map(({ name }) => name), ["\uFEFFname"]);
    }),
  );
});

describe("descriptors as objects", () => {
  it("are as good as their numbers", () => {
    const before = countFds();
    const [one, other] = os.socketpair();
    class Socket {
      fileno = () => other;
    }
    const near = { fd: one };
    const far = new Socket();
    assertEquals(os.write(near, new Uint8Array(3)), 3);
    assertEquals(os.read(far, new Uint8Array(8)), 3);
    assertEquals(os.setNonblocking(far, true), true);
    os.close(os.dup(far));
    os.shutdown(near, "write");
    assertEquals(os.read(far, new Uint8Array(8)), 0);
    os.close(near);
    os.close(far);
    const listener = { fd: os.listenTcp("127.0.0.1", 0) };
    assert(os.localPort(listener) > 0);
    assertEquals(os.accept(listener), undefined);
    assertEquals(os.acceptAll(listener), []);
    os.close(listener);
    const watch = { fd: os.inotify() };
    os.inotifyAddWatch(watch, "/", os.IN_OPEN);
    assertEquals(os.readInotify(watch), []);
    os.close(watch);
    assertEquals(countFds(), before);
  });
});

describe("listening", () => {
  it("accepts connections, and says when there are none", async () => {
    using fds = new Fds();
    const listener = fds.own(os.listenTcp("127.0.0.1", 0, { backlog: 5 }));
    assertEquals(os.accept(listener), undefined);
    const client = fds.own(connectTo(listener));
    await waitReadable(listener);
    const server = fds.own(os.accept(listener)!);
    os.write(client, new Uint8Array([7]));
    await waitReadable(server);
    const buffer = new Uint8Array(2);
    assertEquals(os.read(server, buffer), 1);
    assertEquals(buffer[0], 7);
    os.shutdown(server, "write");
    assertEquals(os.read(client, buffer), 0);
  });

  it(
    "says no port of a socket that has none",
    withFolder((folder) => {
      using fds = new Fds();
      const listener = fds.own(os.listenUnix(join(folder, "socket")));
      assertThrows(() => os.localPort(listener), TypeError, "ports");
      assertThrows(() => os.localPort(fds.pipe()[0]), SystemError, "ENOTSOCK");
    }),
  );

  it("shares a port only if told", () => {
    using fds = new Fds();
    const first = fds.own(os.listenTcp("127.0.0.1", 0, { reusePort: true }));
    const port = os.localPort(first);
    fds.own(os.listenTcp("127.0.0.1", port, { reusePort: true }));
    assertThrows(() => os.listenTcp("127.0.0.1", port), SystemError, "EADDRINUSE");
  });

  it(
    "refuses what is no address",
    withFolder((folder) => {
      assertThrows(() => os.listenTcp("localhost", 0), TypeError, "localhost");
      for (const port of [-1, 65536]) {
        assertThrows(() => os.listenTcp("127.0.0.1", port), RangeError, "port");
      }
      for (const port of [1.5, NaN]) {
        assertThrows(() => os.listenTcp("127.0.0.1", port), TypeError, "port");
      }
      assertThrows(() => os.listenUnix(""), TypeError, "path");
      assertThrows(() => os.listenUnix(join(folder, "x".repeat(120))), RangeError, "107");
      const path = join(folder, "socket");
      os.close(os.listenUnix(path));
      assertThrows(() => os.listenUnix(path), SystemError, "EADDRINUSE");
    }),
  );
});
