/**
 * The uv doorbell: its rings, failures in each step of its setup, and files that report an event
 * once.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { openSync } from "node:fs";
import { EpollIOManager, SystemError, UnsupportedPlatformError } from "../../mod.ts";
import { runtimeParts } from "../../src/driver/runtime_parts.ts";
import { UvDoorbell } from "../../src/driver/uv_node.ts";
import { currentLoop, libuv } from "../../src/ffi/node.ts";
import { bindSymbols } from "../../src/ffi/libc.ts";
import { memorySymbols } from "../../src/ffi/symbols.ts";
import { close, dup } from "../../src/os/mod.ts";
import { Epoll } from "../../src/sys/epoll.ts";
import { EPOLLIN } from "../../src/ffi/constants.ts";
import { hasAio } from "../support/aio.ts";
import { describeForDrivers, drivers } from "../support/drivers.ts";
import { EMFILE, ENOSPC } from "../support/errnos.ts";
import { turn, until } from "../support/event_loop.ts";
import { failing, failingIn, type Fault } from "../support/faults.ts";
import { countFds, drain, Fds, poke } from "../support/fds.ts";
import { runtime } from "../support/programs.ts";
import { asleep, rejection } from "../support/waits.ts";

const whereItWorks = drivers.filter((driver) => driver === "uv");

/** A doorbell for the read end of a pipe, and its reports. */
class Ringing implements AsyncDisposable {
  rings = 0;
  readonly failures: unknown[] = [];
  readonly fds = new Fds();
  readonly epoll = new Epoll();
  readonly doorbell: UvDoorbell;
  readonly reader: number;
  readonly writer: number;

  constructor() {
    [this.reader, this.writer] = this.fds.pipe();
    this.doorbell = new UvDoorbell(this.epoll.fd, {
      onReady: () => this.rings++,
      onFailure: (error) => this.failures.push(error),
    });
    this.register(this.reader);
  }

  register(fd: number): void {
    assertEquals(this.epoll.add(fd, EPOLLIN, 1), 0);
    this.doorbell.onRegistered(fd);
  }

  async nextRing(): Promise<void> {
    const { rings } = this;
    await until(() => this.rings > rings, () => new Error("It doesn't ring"));
    assertEquals([this.rings, this.failures], [rings + 1, []]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.doorbell.close();
    this.epoll[Symbol.dispose]();
    this.fds[Symbol.dispose]();
  }
}

describeForDrivers("UvDoorbell", (it) => {
  it("rings once for each arming, whether data comes before or after it", async () => {
    await using one = new Ringing();
    for (let round = 0; round < 20; round++) {
      if (round % 2 === 0) poke(one.writer);
      one.doorbell.arm(true);
      if (round % 2 === 1) poke(one.writer);
      await one.nextRing();
      if (round % 3 === 0) continue; // still ready
      drain(one.reader);
    }
  });

  it("stops watching when nothing waits for its rings, and rings again after arm()", async () => {
    await using one = new Ringing();
    using stops = counting(libuv(), "uv_poll_stop");
    one.doorbell.arm(true);
    poke(one.writer);
    await one.nextRing();
    await until(() => stops.count === 1, () => new Error("It doesn't stop"));
    one.doorbell.arm(true);
    await one.nextRing();
    assertEquals(one.rings, 2);
  });

  it("doesn't ring after disarm()", async () => {
    await using one = new Ringing();
    using stops = counting(libuv(), "uv_poll_stop");
    one.doorbell.arm(true);
    one.doorbell.disarm();
    poke(one.writer);
    // The loop has called back often by then.
    await until(() => stops.count === 1, () => new Error("It doesn't stop"));
    assertEquals(one.rings, 0);
  });

  it("changes whether libuv's loop runs on only when that differs", async () => {
    using refs = counting(libuv(), "uv_ref");
    using unrefs = counting(libuv(), "uv_unref");
    await using one = new Ringing();
    one.doorbell.arm(true);
    one.doorbell.setRef(true);
    assertEquals([refs.count, unrefs.count], [0, 0]);
    one.doorbell.setRef(false);
    one.doorbell.disarm();
    assertEquals([refs.count, unrefs.count], [0, 1]);
    one.doorbell.arm(true);
    assertEquals([refs.count, unrefs.count], [1, 1]);
  });

  it("doesn't ring after close(), which leaves nothing open", async () => {
    const before = countFds();
    for (let round = 0; round < 20; round++) {
      const one = new Ringing();
      one.doorbell.arm(true);
      poke(one.writer);
      // In some rounds libuv has the event already.
      if (round % 2 === 1) await turn();
      const { rings } = one;
      await one[Symbol.asyncDispose]();
      assertEquals(one.rings, rings);
    }
    assertEquals(countFds(), before);
  });

  it("close() frees its memory once, even if it is called twice", async () => {
    using allocations = counting(bindSymbols(memorySymbols), "malloc");
    using frees = counting(bindSymbols(memorySymbols), "free");
    const one = new Ringing();
    one.doorbell.arm(true);
    await Promise.all([one.doorbell.close(), one.doorbell.close()]);
    await one[Symbol.asyncDispose]();
    assertEquals([allocations.count, frees.count], [1, 1]);
  });
}, whereItWorks);

/** The steps of the constructor, the error of each, and a function that makes it fail. */
const steps: [step: string, code: string, sabotage: () => Fault][] = [
  ["malloc", "ENOMEM", () => failingIn(bindSymbols(memorySymbols), "malloc", 0, 0n)],
  ["uv_poll_init", "EMFILE", () => failingIn(libuv(), "uv_poll_init", 0, -EMFILE)],
];

/** The steps of the first arming. */
const armingSteps: [step: string, code: string, sabotage: () => Fault][] = [
  ["epoll_ctl", "ENOSPC", () => {
    const loop = libuv().uv_backend_fd(currentLoop());
    return failing("epoll_ctl", ENOSPC, (instance) => instance === loop);
  }],
  ["uv_poll_start", "EMFILE", () => failingIn(libuv(), "uv_poll_start", 0, -EMFILE)],
];

/** The driver that replaces it. */
const [, second] = runtimeParts[runtime].preferred.main;

describeForDrivers("new EpollIOManager() when libuv fails", (it) => {
  for (const [step, code, sabotage] of steps) {
    it(`throws with the driver "uv" and leaks nothing: ${step}`, () => {
      const before = countFds();
      using _frees = balanced();
      using fault = sabotage();
      assertThrows(() => new EpollIOManager({ driver: "uv" }), SystemError, code);
      assertEquals([countFds(), fault.count], [before, 1]);
    });

    it(`uses the next doorbell with the driver "auto": ${step}`, async () => {
      const before = countFds();
      {
        using fault = sabotage();
        await using manager = new EpollIOManager();
        assertEquals([manager.statistics().driver, fault.count], [second, 1]);
      }
      assertEquals(countFds(), before);
    });
  }

  for (const [step, code, sabotage] of armingSteps) {
    it(`rejects waits with the driver "uv", and tries again later: ${step}`, async ({ fds }) => {
      await using manager = new EpollIOManager({ driver: "uv", busyPoll: 0 });
      const [reader, writer] = fds.pipe();
      {
        using _fault = sabotage();
        const error = await rejection(manager.waitReadable(reader), SystemError);
        assertEquals(error.code, code);
      }
      const wait = manager.waitReadable(reader);
      await asleep(manager);
      poke(writer);
      await wait;
    });

    it(`uses the next doorbell with the driver "auto": ${step}`, async () => {
      const before = countFds();
      {
        using fds = new Fds();
        await using manager = new EpollIOManager({ busyPoll: 0 });
        const [reader, writer] = fds.pipe();
        using _fault = sabotage();
        const wait = manager.waitReadable(reader);
        await asleep(manager);
        poke(writer);
        await wait;
        assertEquals(manager.statistics().driver, second);
      }
      assertEquals(countFds(), before);
    });
  }

  it("throws EMFILE when no descriptor is left, and leaks nothing", () => {
    const before = countFds();
    using _fault = failing("epoll_create1", EMFILE);
    assertThrows(() => new EpollIOManager({ driver: "uv" }), SystemError, "EMFILE");
    assertEquals(countFds(), before);
  });
}, whereItWorks);

describeForDrivers("UvDoorbell.onRegistered()", (it) => {
  it("lets AIO watch once a file may report an event once only", async () => {
    const before = countFds();
    {
      await using one = new Ringing();
      assertEquals(countFds(), before + 3);
      const mounts = openSync("/proc/self/mounts", "r");
      // mounts(5) is always readable, so it is registered elsewhere.
      one.doorbell.onRegistered(mounts);
      assertEquals(countFds(), before + 5);
      one.doorbell.onRegistered(mounts);
      assertEquals(countFds(), before + 5);
      close(mounts);
    }
    assertEquals(countFds(), before);
  });

  it("rings after the change, whether it is armed or not", async () => {
    for (const isArmed of [true, false]) {
      await using one = new Ringing();
      if (isArmed) one.doorbell.arm(true);
      const mounts = openSync("/proc/self/mounts", "r");
      one.doorbell.onRegistered(mounts);
      close(mounts);
      if (isArmed) {
        poke(one.writer);
        await one.nextRing();
        drain(one.reader);
      }
      for (let round = 0; round < 10; round++) {
        one.doorbell.arm(true);
        poke(one.writer);
        await one.nextRing();
        drain(one.reader);
      }
    }
  });

  it("keeps the process alive after the change only if it did before", async () => {
    await using one = new Ringing();
    one.doorbell.arm(false);
    using unrefs = counting(libuv(), "uv_unref");
    const mounts = openSync("/proc/self/mounts", "r");
    one.doorbell.onRegistered(mounts);
    close(mounts);
    assertEquals(unrefs.count, 1);
  });

  it("lets AIO watch an instance that the kernel doesn't watch in another one", async ({ fds }) => {
    await using manager = new EpollIOManager({ driver: "uv", busyPoll: 0 });
    const [reader, writer] = fds.pipe();
    const before = countFds();
    for (const count of [400, 600]) {
      const copies = Array.from({ length: count }, () => fds.own(dup(reader)));
      const waits = Promise.all(copies.map((fd) => manager.waitReadable(fd)));
      await asleep(manager);
      poke(writer);
      await waits;
      drain(reader);
      for (const fd of copies) fds.close(fd);
    }
    assertEquals(countFds(), before + 1);
  });

  it("lets close() free everything once, even if it is called twice", async () => {
    using allocations = counting(bindSymbols(memorySymbols), "malloc");
    using frees = counting(bindSymbols(memorySymbols), "free");
    const one = new Ringing();
    one.doorbell.arm(true);
    const mounts = openSync("/proc/self/mounts", "r");
    one.doorbell.onRegistered(mounts);
    close(mounts);
    await Promise.all([one.doorbell.close(), one.doorbell.close()]);
    await one[Symbol.asyncDispose]();
    // Two handles, and the structs of AIO.
    assertEquals([allocations.count, frees.count], [3, 3]);
  });

  it("watches as before when the change fails, and leaks nothing", async () => {
    await using one = new Ringing();
    one.doorbell.arm(true);
    const mounts = openSync("/proc/self/mounts", "r");
    const before = countFds();
    for (const [, , sabotage] of [...steps, ...armingSteps]) {
      using fault = sabotage();
      one.doorbell.onRegistered(mounts);
      assertEquals([fault.count, countFds()], [1, before]);
    }
    close(mounts);
    poke(one.writer);
    await one.nextRing();
  });
}, hasAio() ? whereItWorks : []);

describe('new EpollIOManager({ driver: "uv" })', () => {
  it("throws where the runtime isn't built on libuv", () => {
    const open = () => new EpollIOManager({ driver: "uv" });
    if (runtimeParts[runtime].uvFactory !== undefined) return void open().close();
    assertThrows(open, UnsupportedPlatformError, "requires libuv");
  });
});

/** Counts the calls of `name` in `functions`. */
function counting<T extends object>(functions: T, name: keyof T): Fault {
  let count = 0;
  const fault = failingIn(functions, name, 0, undefined, () => {
    count++;
    return false;
  });
  return {
    get count() {
      return count;
    },
    [Symbol.dispose]: () => fault[Symbol.dispose](),
  };
}

/** Fails unless as much memory is freed as is allocated in the meantime. */
function balanced(): Disposable {
  const allocations = counting(bindSymbols(memorySymbols), "malloc");
  const frees = counting(bindSymbols(memorySymbols), "free");
  return {
    [Symbol.dispose]() {
      frees[Symbol.dispose]();
      allocations[Symbol.dispose]();
      assertEquals(frees.count, allocations.count);
    },
  };
}
