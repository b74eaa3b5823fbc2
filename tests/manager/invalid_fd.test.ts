import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { type EpollIOManager, type FdLike, SystemError } from "../../mod.ts";
import { close, O_RDONLY, open, pipe } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { openManager } from "../support/managers.ts";
import { rejection } from "../support/waits.ts";

function waitsOf(manager: EpollIOManager): ((fd: FdLike) => Promise<void>)[] {
  return [
    (fd) => manager.waitReadable(fd),
    (fd) => manager.waitWritable(fd),
    (fd) => manager.waitPriority(fd),
  ];
}

describeForDrivers("waitReadable() for an invalid descriptor", (it, driver) => {
  it("rejects with EBADF if it was closed", async ({ manager }) => {
    const [closed, end] = pipe();
    close(end);
    close(closed);
    for (const wait of waitsOf(manager)) {
      const error = await rejection(wait(closed), SystemError);
      assertEquals(error.code, "EBADF");
      assertEquals(error.errno, -9);
      assertEquals(error.syscall, "epoll_ctl");
      assertEquals(error.fd, closed);
      const parts = [
        "EBADF",
        "-9",
        "epoll_ctl",
        `fd ${closed}`,
        "Bad file descriptor",
        "isn't open",
      ];
      for (const part of parts) {
        assertStringIncludes(error.message, part);
      }
    }
    assertEquals(manager.statistics().tasksWaitingRead, 0);
  });

  it("rejects with EBADF if it was never open", async ({ manager }) => {
    const error = await rejection(manager.waitReadable(0x7fff_ffff), SystemError);
    assertEquals(error.code, "EBADF");
  });

  it("rejects with EBADF that names O_PATH if it was opened with that flag", async ({ manager, fds }) => {
    const O_PATH = 0o10000000;
    for (const path of ["/tmp", "/dev/tty", "/dev/null"]) {
      const fd = fds.own(open(path, O_PATH));
      for (const wait of waitsOf(manager)) {
        const error = await rejection(wait(fd), SystemError);
        assertEquals([error.code, error.syscall, error.fd], ["EBADF", "epoll_ctl", fd]);
        assertStringIncludes(error.message, "O_PATH");
        assertEquals(error.message.includes("closed"), false, error.message);
      }
    }
  });

  it("rejects with EPERM that says so if it is always ready", async ({ manager, fds }) => {
    const path = import.meta.url.replace("file://", "");
    for (const name of [path, path.slice(0, path.lastIndexOf("/"))]) {
      const fd = fds.own(open(name, O_RDONLY));
      const error = await rejection(manager.waitReadable(fd), SystemError);
      assertEquals(error.code, "EPERM");
      assertStringIncludes(error.message, "always ready");
    }
  });

  it("rejects with EBADF if the manager has reused its number", async () => {
    // The kernel uses the lowest free numbers next.
    const closed = Array.from({ length: 5 }, () => pipe()).flat();
    for (const fd of closed) close(fd);
    await using manager = openManager(driver, { busyPoll: 0 });
    const check = async () => {
      for (const fd of closed) {
        const error = await rejection(manager.waitReadable(fd), SystemError);
        assertEquals([error.code, error.syscall, error.fd], ["EBADF", "epoll_ctl", fd]);
        assertMatch(error.message, /isn't open|belongs to a descriptor of fdready/);
      }
    };
    await check();
    const woken = manager.waitWakeup();
    manager.forceWakeup();
    await woken;
    await check();
  });

  it("rejects with a TypeError that shows other values", async ({ manager }) => {
    const values: [unknown, string][] = [
      [-1, "-1"],
      [NaN, "NaN"],
      [1.5, "1.5"],
      [Infinity, "Infinity"],
      [2 ** 31, "2147483648"],
      ["3", "'3'"],
      [null, "null"],
      [undefined, "undefined"],
      [{}, "{}"],
      [{ fd: "3" }, "fd: '3'"],
      [{ fd: -1 }, "fd: -1"],
      [3n, "3n"],
      [Symbol("fd"), "Symbol(fd)"],
      [() => 3, "Function"],
    ];
    for (const wait of waitsOf(manager)) {
      for (const [value, shown] of values) {
        const error = await rejection(wait(value as FdLike), TypeError);
        assertStringIncludes(error.message, shown);
      }
    }
  });

  it("never throws synchronously for any value", async ({ manager }) => {
    const bad = [manager.waitReadable(null as unknown as FdLike)];
    bad.push(manager.waitReadable(0, { signal: "no signal" as unknown as AbortSignal }));
    const throwing = {
      fileno(): number {
        throw new Error("from fileno");
      },
    };
    bad.push(manager.waitReadable(throwing));
    const results = await Promise.allSettled(bad);
    assertEquals(results.map(({ status }) => status), ["rejected", "rejected", "rejected"]);
    assertEquals(manager.statistics().tasksWaitingRead, 0);
  });
});
