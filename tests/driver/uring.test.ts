/** The io_uring doorbell: failures in each step of its setup, and the fallback. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import { EpollIOManager, SystemError, UnsupportedPlatformError } from "../../mod.ts";
import { CurrentDoorbell } from "../../src/driver/current_doorbell.ts";
import { threadFactory } from "../../src/driver/thread.ts";
import { createReceivingPair, type Receive } from "../../src/driver/receiving_end.ts";
import { runtimeParts } from "../../src/driver/runtime_parts.ts";
import { UringDoorbell } from "../../src/driver/uring.ts";
import { bindSymbols } from "../../src/ffi/libc.ts";
import { uringEnterSymbols, uringSetupSymbols } from "../../src/ffi/symbols.ts";
import { close } from "../../src/os/mod.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { describeForDrivers, drivers } from "../support/drivers.ts";
import { EMFILE, ENOMEM, ENOSYS, EPERM } from "../support/errnos.ts";
import { failing, failingIn, type Fault } from "../support/faults.ts";
import { countFds, drain, Fds, noMoreFdsThan, poke } from "../support/fds.ts";
import { collectGarbage } from "../support/garbage.ts";
import { runtime } from "../support/programs.ts";
import { uringRefusal } from "../support/uring.ts";
import { rejection, wakeFromSleep } from "../support/waits.ts";

const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** The steps of the setup, the error of each, and a function that makes it fail. */
const steps: [step: string, code: string, syscall: string, sabotage: () => Fault][] = [
  [
    "io_uring_setup, as in many containers",
    "EPERM",
    "io_uring_setup",
    () => failingIn(bindSymbols(uringSetupSymbols), "syscall", EPERM, -1),
  ],
  [
    "io_uring_setup, as on old kernels",
    "ENOSYS",
    "io_uring_setup",
    () => failingIn(bindSymbols(uringSetupSymbols), "syscall", ENOSYS, -1),
  ],
  [
    "mmap",
    "EPERM",
    "mmap",
    () => failingIn(bindSymbols(uringSetupSymbols), "mmap", EPERM, MAP_FAILED),
  ],
  [
    "the second mmap",
    "EPERM",
    "mmap",
    () => {
      let calls = 0;
      return failingIn(
        bindSymbols(uringSetupSymbols),
        "mmap",
        EPERM,
        MAP_FAILED,
        () => ++calls === 2,
      );
    },
  ],
  [
    "io_uring_enter",
    "EPERM",
    "io_uring_enter",
    () => failingIn(bindSymbols(uringEnterSymbols), "syscall", EPERM, -1),
  ],
  [
    "the probe, which is taken and never written",
    "ENOSYS",
    "io_uring_enter",
    () => failingIn(bindSymbols(uringEnterSymbols), "syscall", 0, 2),
  ],
];

const whereItWorks = drivers.filter((driver) => driver === "uring");

/** The driver "auto" prefers another doorbell on some runtimes. */
const whereItIsPreferred = runtimeParts[runtime].preferred.main[0] === "uring" ? whereItWorks : [];

describeForDrivers("new EpollIOManager() when the setup of io_uring fails", (it) => {
  for (const [step, code, syscall, sabotage] of steps) {
    it(`throws with the driver "uring" and leaks nothing: ${step}`, () => {
      const before = countFds();
      using _fault = sabotage();
      const error = assertThrows(
        () => new EpollIOManager({ driver: "uring" }),
        UnsupportedPlatformError,
        code,
      );
      assertStringIncludes(error.message, syscall);
      assertEquals(countFds(), before);
    });

    if (whereItIsPreferred.length === 0) continue;
    it(`uses a thread with the driver "auto" and leaks nothing: ${step}`, async () => {
      const before = countFds();
      using _guard = new CloseGuard();
      {
        using fault = sabotage();
        await using manager = new EpollIOManager({ busyPoll: 0 });
        assertEquals(fault.count, 1);
        assertEquals(manager.statistics().driver, "thread");
        using fds = new Fds();
        const [reader, writer] = fds.pipe();
        await wakeFromSleep(manager, reader, writer);
      }
      await noMoreFdsThan(before);
    });
  }

  it("throws EMFILE rather than UnsupportedPlatformError without descriptors", () => {
    using _fault = failingIn(bindSymbols(uringSetupSymbols), "syscall", EMFILE, -1);
    assertThrows(() => new EpollIOManager({ driver: "uring" }), SystemError, "EMFILE");
  });
}, whereItWorks);

describeForDrivers('the driver "auto"', (it) => {
  it("uses io_uring where it works, and sleeps with it", async ({ fds }) => {
    await using manager = new EpollIOManager({ busyPoll: 0 });
    const [reader, writer] = fds.pipe();
    for (let round = 0; round < 20; round++) {
      await wakeFromSleep(manager, reader, writer);
    }
    assertEquals(manager.statistics().driver, "uring");
  });

  it("uses a thread if the event loop doesn't deliver the first ring", async ({ fds }) => {
    const before = countFds();
    using _guard = new CloseGuard();
    const [reader, writer] = fds.pipe();
    const rung = Promise.withResolvers<void>();
    const doorbell = new CurrentDoorbell(
      reader,
      { onReady: rung.resolve, onFailure: rung.reject },
      [
        {
          name: "uring",
          createDoorbell: (fd, listener) =>
            new UringDoorbell(fd, listener, () => createReceivingPair(receiveNothing)),
        },
        threadFactory,
      ],
    );
    assertEquals(doorbell.name, "uring");
    doorbell.arm(true);
    poke(writer);
    await rung.promise;
    assertEquals(doorbell.name, "thread");
    await doorbell.close();
    fds[Symbol.dispose]();
    await noMoreFdsThan(before);
  });

  it("uses a thread when a later submission fails", async () => {
    const before = countFds();
    using _guard = new CloseGuard();
    {
      await using manager = new EpollIOManager({ busyPoll: 0 });
      using fds = new Fds();
      const [reader, writer] = fds.pipe();
      await wakeFromSleep(manager, reader, writer);
      assertEquals(manager.statistics().driver, "uring");
      {
        using fault = failingIn(bindSymbols(uringEnterSymbols), "syscall", ENOMEM, -1);
        await wakeFromSleep(manager, reader, writer);
        assertEquals(fault.count, 1);
      }
      assertEquals(manager.statistics().driver, "thread");
      await wakeFromSleep(manager, reader, writer);
    }
    await noMoreFdsThan(before);
  });

  it("rejects all waits if there is no thread either, and tries again later", async () => {
    const before = countFds();
    using _guard = new CloseGuard();
    {
      await using manager = new EpollIOManager({ busyPoll: 0 });
      using fds = new Fds();
      const [reader, writer] = fds.pipe();
      const [quiet] = fds.pipe();
      await wakeFromSleep(manager, reader, writer);
      for (let round = 0; round < 2; round++) {
        using _first = failingIn(bindSymbols(uringEnterSymbols), "syscall", ENOMEM, -1);
        using _second = failing("eventfd", EMFILE);
        const waits = [reader, quiet].map((fd) => rejection(manager.waitReadable(fd), SystemError));
        for (const { code } of await Promise.all(waits)) assertEquals(code, "EMFILE");
      }
      assertEquals(manager.inspect(), "EpollIOManager, driver thread, 0 waits");
      await wakeFromSleep(manager, reader, writer);
    }
    await noMoreFdsThan(before);
  });
}, whereItIsPreferred);

/** An event loop that delivers nothing. */
const receiveNothing: Receive = (owned) => {
  const fd = owned.release();
  return {
    ref() {},
    unref() {},
    close() {
      close(fd);
      return Promise.resolve();
    },
  };
};

describeForDrivers("UringDoorbell", (it) => {
  it("rings during garbage collections", { busyPoll: 0 }, async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    for (let round = 0; round < 30; round++) {
      const wait = manager.waitReadable(reader);
      setTimeout(() => {
        collectGarbage();
        poke(writer);
        collectGarbage();
      }, 1);
      await wait;
      drain(reader);
    }
    assertEquals(manager.statistics().events, 30);
  });

  it("rings after children were spawned", { busyPoll: 0 }, async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    for (let round = 0; round < 5; round++) {
      const wait = manager.waitReadable(reader);
      await new Promise((resolve) => setTimeout(resolve, 1));
      execFileSync("true");
      poke(writer);
      await wait;
      drain(reader);
    }
  });

  it("rings again after it was disarmed", { busyPoll: 0 }, async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    const sleep = () => new Promise((resolve) => setTimeout(resolve, 1));
    for (let round = 0; round < 10; round++) {
      const controller = new AbortController();
      const abandoned = manager.waitReadable(reader, controller).catch((error) => error);
      await sleep();
      controller.abort("stop");
      assertEquals(await abandoned, "stop");
      // The kernel may ring for this one although nothing waits.
      if (round % 2 === 0) poke(writer);
      await sleep();
      const wait = manager.waitReadable(reader);
      if (round % 2 === 1) setTimeout(poke, 1, writer);
      await wait;
      drain(reader);
    }
  });
}, whereItWorks);

describe("new EpollIOManager() with the driver uring", () => {
  it("throws UnsupportedPlatformError if and only if io_uring doesn't work", () => {
    if (uringRefusal === undefined) return void new EpollIOManager({ driver: "uring" }).close();
    const error = assertThrows(
      () => new EpollIOManager({ driver: "uring" }),
      UnsupportedPlatformError,
    );
    assertStringIncludes(error.message, uringRefusal);
  });
});
