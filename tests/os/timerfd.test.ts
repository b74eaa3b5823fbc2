import { assert, assertEquals, assertLess, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { SystemError, waitReadable } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { cannotRunPython } from "../support/python.ts";
import { describeUnless } from "../support/skip.ts";

/** What the kernel knows of the timer `fd`. proc_pid_fdinfo(5) */
function infoOf(fd: number): string {
  return readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
}

/** Reads the number of expirations; undefined if there are none. */
function expirations(fd: number): number | undefined {
  const count = new BigUint64Array(1);
  return os.read(fd, count) === undefined ? undefined : Number(count[0]);
}

describe("timerfd()", () => {
  it("expires once, at once, or repeatedly", async () => {
    using fds = new Fds();
    for (const initial of [0, 0.5, 3]) {
      const once = fds.own(os.timerfd({ initial }));
      await waitReadable(once);
      assertEquals(expirations(once), 1);
      assertEquals(expirations(once), undefined);
    }
    const ticking = fds.own(os.timerfd({ initial: 1, interval: 1 }));
    for (let total = 0; total < 5; total += expirations(ticking)!) await waitReadable(ticking);
  });

  it("keeps expiring if the interval is shorter than the kernel counts", () => {
    using fds = new Fds();
    for (const interval of [Number.MIN_VALUE, 1e-7]) {
      const info = infoOf(fds.own(os.timerfd({ initial: 1e6, interval })));
      assert(info.includes("it_interval: (0, 1)"), info);
    }
  });

  it("waits as long as the kernel can for a time beyond that", () => {
    using fds = new Fds();
    for (const initial of [1e16, 1e22, 1e40, Number.MAX_VALUE]) {
      for (const absolute of [false, true]) {
        const info = infoOf(fds.own(os.timerfd({ initial, interval: initial, absolute })));
        for (const [, seconds] of info.matchAll(/it_(?:value|interval): \((\d+),/g)) {
          assert(Number(seconds) > 9e9, info);
        }
      }
    }
  });

  it("refuses negative and infinite times", () => {
    for (const initial of [-1, NaN, Infinity]) {
      assertThrows(() => os.timerfd({ initial }), RangeError, "initial");
      assertThrows(() => os.timerfd({ initial: 1, interval: initial }), RangeError, "interval");
    }
  });

  it("uses the clock, the monotonic one by default", () => {
    using fds = new Fds();
    for (const clock of [undefined, os.CLOCK_MONOTONIC, os.CLOCK_REALTIME, os.CLOCK_BOOTTIME]) {
      const info = infoOf(fds.own(os.timerfd({ initial: 1000, clock })));
      assert(info.includes(`clockid: ${clock ?? os.CLOCK_MONOTONIC}\n`), info);
    }
    const error = assertThrows(() => os.timerfd({ initial: 1, clock: 99 }), SystemError, "EINVAL");
    assertEquals(error.syscall, "timerfd_create");
  });

  it("expires at an absolute time", async () => {
    using fds = new Fds();
    const clock = os.CLOCK_REALTIME;
    for (const initial of [0, 1, Date.now() - 1000, Date.now() + 2]) {
      const fd = fds.own(os.timerfd({ clock, absolute: true, initial }));
      await waitReadable(fd);
      assert(Date.now() >= Math.floor(initial));
      assertEquals(expirations(fd), 1);
    }
    const later = fds.own(os.timerfd({ clock, absolute: true, initial: Date.now() + 60_000 }));
    const { initial } = os.timerfdGettime(later);
    assert(initial > 0 && initial <= 60_000, String(initial));
    assertEquals(expirations(later), undefined);
  });

  it("refuses cancelOnSet without an absolute time of the real-time clock", () => {
    const options = { initial: 1000, cancelOnSet: true };
    const message = "cancelOnSet requires";
    assertThrows(() => os.timerfd({ ...options, absolute: true }), TypeError, message);
    assertThrows(() => os.timerfd({ ...options, clock: os.CLOCK_REALTIME }), TypeError, message);
    using fds = new Fds();
    const fd = fds.own(os.timerfd({ initial: 1000 }));
    assertThrows(() => os.timerfdSettime(fd, options), TypeError, message);
  });
});

describe("timerfdSettime()", () => {
  it("moves a timer, forgets expirations, and stops it with an initial time of 0", async () => {
    using fds = new Fds();
    const fd = fds.own(os.timerfd({ initial: 0 }));
    await waitReadable(fd);
    os.timerfdSettime(fd, { initial: 60_000, interval: 5 });
    assertEquals(expirations(fd), undefined);
    const { initial, interval } = os.timerfdGettime(fd);
    assert(initial > 1000 && initial <= 60_000);
    assertEquals(interval, 5);
    os.timerfdSettime(fd, { initial: 0, interval: 5 });
    assertEquals(os.timerfdGettime(fd), { initial: 0, interval: 5 });
    os.timerfdSettime(fd, { initial: 0.001 });
    await waitReadable(fd);
    assertEquals(expirations(fd), 1);
  });

  it("sets a time of the clock", async () => {
    using fds = new Fds();
    const fd = fds.own(os.timerfd({ initial: 60_000, clock: os.CLOCK_REALTIME }));
    os.timerfdSettime(fd, { initial: Date.now() - 1, absolute: true });
    await waitReadable(fd);
    assertEquals(expirations(fd), 1);
  });

  it("doesn't stop the timer for a time shorter than the kernel counts", async () => {
    using fds = new Fds();
    const fd = fds.own(os.timerfd({ initial: 60_000 }));
    os.timerfdSettime(fd, { initial: 1e-7 });
    await waitReadable(fd);
    assertEquals(expirations(fd), 1);
  });

  it("throws EINVAL for a descriptor that isn't a timer", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    const error = assertThrows(() => os.timerfdSettime(reader, { initial: 1 }), SystemError);
    assertEquals([error.code, error.syscall, error.fd], ["EINVAL", "timerfd_settime", reader]);
  });
});

describe("timerfdGettime()", () => {
  it("returns the remaining time as the kernel does", () => {
    using fds = new Fds();
    const fd = fds.own(os.timerfd({ initial: 123_456.789, interval: 1234.567891 }));
    const { initial, interval } = os.timerfdGettime(fd);
    assertEquals(interval, 1234.567891);
    const [, seconds] = /it_value: \((\d+),/.exec(infoOf(fd))!;
    // Time passes between the two calls.
    assertLess(Number(seconds) * 1000, initial + 1);
    assert(initial <= 123_456.789);
  });

  it("throws EINVAL for a descriptor that isn't a timer", () => {
    using fds = new Fds();
    const [reader] = fds.pipe();
    const error = assertThrows(() => os.timerfdGettime(reader), SystemError, "EINVAL");
    assertEquals([error.syscall, error.fd], ["timerfd_gettime", reader]);
  });
});

/** The reason why the clock can't be set, if only to the time that it has. */
function cannotSetClock(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root, to set the clock";
  if (!process.env.FDREADY_TEST_SYSTEM) return "sets the clock: needs FDREADY_TEST_SYSTEM";
  return cannotRunPython();
}

describeUnless(cannotSetClock(), "a timer with cancelOnSet", () => {
  it("is cancelled when the clock is set: read() throws ECANCELED", async () => {
    using fds = new Fds();
    const initial = Date.now() + 60_000;
    const options = { clock: os.CLOCK_REALTIME, absolute: true, cancelOnSet: true, initial };
    const fd = fds.own(os.timerfd(options));
    const code = "import time; time.clock_settime(time.CLOCK_REALTIME, time.time())";
    execFileSync("python3", ["-c", code]);
    await waitReadable(fd);
    const error = assertThrows(() => expirations(fd), SystemError);
    assertEquals([error.code, error.syscall, error.fd], ["ECANCELED", "read", fd]);
    assertEquals(expirations(fd), undefined);
    os.timerfdSettime(fd, { ...options, initial: Date.now() });
    await waitReadable(fd);
    assertEquals(expirations(fd), 1);
  });
});
