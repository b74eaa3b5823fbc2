/** The io_uring doorbell: its setup, each step of it failing, and what it falls back to. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import { EpollIOManager, SystemError, UnsupportedPlatformError } from "../../mod.ts";
import { CurrentDoorbell } from "../../src/driver/current_doorbell.ts";
import { createThreadDoorbell } from "../../src/driver/thread.ts";
import { UringDoorbell } from "../../src/driver/uring.ts";
import { bindSymbols } from "../../src/ffi/libc.ts";
import { uringEnterSymbols, uringSetupSymbols } from "../../src/ffi/symbols.ts";
import { close } from "../../src/os/mod.ts";
import { describeForDrivers, drivers } from "../support/drivers.ts";
import { EMFILE, ENOMEM, ENOSYS, EPERM } from "../support/errnos.ts";
import { failing, failingIn, type Fault } from "../support/faults.ts";
import { countFds, drain, Fds, poke } from "../support/fds.ts";
import { collectGarbage } from "../support/garbage.ts";
import { uringRefusal } from "../support/uring.ts";
import { rejection } from "../support/waits.ts";

const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** The steps of the setup, what their failing is called, and how to make them fail. */
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

describeForDrivers("a setup that fails", (it) => {
  for (const [step, code, syscall, sabotage] of steps) {
    it(`in ${step}: driver "uring" says so and leaks nothing`, () => {
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

    it(`in ${step}: driver "auto" falls back to a thread and leaks nothing`, async () => {
      const before = countFds();
      {
        using fault = sabotage();
        await using manager = new EpollIOManager({ busyPoll: 0 });
        assertEquals(fault.count, 1);
        assertEquals(manager.statistics().driver, "thread");
        using fds = new Fds();
        const [from, to] = fds.pipe();
        setTimeout(poke, 2, to);
        await manager.waitReadable(from);
      }
      assertEquals(countFds(), before);
    });
  }

  it("for want of descriptors is no reason to call io_uring unsupported", () => {
    using _fault = failingIn(bindSymbols(uringSetupSymbols), "syscall", EMFILE, -1);
    assertThrows(() => new EpollIOManager({ driver: "uring" }), SystemError, "EMFILE");
  });
}, whereItWorks);

describeForDrivers("driver auto", (it) => {
  it("takes io_uring where it works, and sleeps by it", async ({ fds }) => {
    await using manager = new EpollIOManager({ busyPoll: 0 });
    const [from, to] = fds.pipe();
    for (let round = 0; round < 20; round++) {
      setTimeout(poke, 1, to);
      await manager.waitReadable(from);
      drain(from);
    }
    assertEquals(manager.statistics().driver, "uring");
  });

  it("falls back when the event loop doesn't deliver the first ring", async ({ fds }) => {
    const before = countFds();
    const [from, to] = fds.pipe();
    const rung = Promise.withResolvers<void>();
    const doorbell = new CurrentDoorbell(
      from,
      { onReady: rung.resolve, onFailure: rung.reject },
      [
        { name: "uring", create: (fd, listener) => new UringDoorbell(fd, listener, deaf) },
        { name: "thread", create: createThreadDoorbell },
      ],
    );
    assertEquals(doorbell.name, "uring");
    doorbell.arm(true);
    poke(to);
    await rung.promise;
    assertEquals(doorbell.name, "thread");
    await doorbell.close();
    fds[Symbol.dispose]();
    assertEquals(countFds(), before);
  });

  it("falls back when a submission is refused later on", async () => {
    const before = countFds();
    {
      await using manager = new EpollIOManager({ busyPoll: 0 });
      using fds = new Fds();
      const [from, to] = fds.pipe();
      setTimeout(poke, 1, to);
      await manager.waitReadable(from);
      drain(from);
      assertEquals(manager.statistics().driver, "uring");
      {
        using fault = failingIn(bindSymbols(uringEnterSymbols), "syscall", ENOMEM, -1);
        setTimeout(poke, 5, to);
        await manager.waitReadable(from);
        drain(from);
        assertEquals(fault.count, 1);
      }
      assertEquals(manager.statistics().driver, "thread");
      setTimeout(poke, 1, to);
      await manager.waitReadable(from);
    }
    assertEquals(countFds(), before);
  });

  it("tells those who wait, when what it falls back to can't be had either, and tries again", async () => {
    const before = countFds();
    {
      await using manager = new EpollIOManager({ busyPoll: 0 });
      using fds = new Fds();
      const [from, to] = fds.pipe();
      const [quiet] = fds.pipe();
      setTimeout(poke, 1, to);
      await manager.waitReadable(from);
      drain(from);
      for (let round = 0; round < 2; round++) {
        using _first = failingIn(bindSymbols(uringEnterSymbols), "syscall", ENOMEM, -1);
        using _second = failing("eventfd", EMFILE);
        const waits = [from, quiet].map((fd) => rejection(manager.waitReadable(fd), SystemError));
        for (const { code } of await Promise.all(waits)) assertEquals(code, "EMFILE");
      }
      assertEquals(manager.inspect(), "EpollIOManager, driver thread, 0 waits");
      setTimeout(poke, 1, to);
      await manager.waitReadable(from);
    }
    assertEquals(countFds(), before);
  });
}, whereItWorks);

/** An event loop that hears nothing. */
function deaf(fd: number) {
  return {
    closesWithIsolate: true,
    ref() {},
    unref() {},
    close() {
      close(fd);
      return Promise.resolve();
    },
  };
}

describeForDrivers("the io_uring doorbell", (it) => {
  it("rings while the garbage collector is busy", { busyPoll: 0 }, async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    for (let round = 0; round < 30; round++) {
      const wait = manager.waitReadable(from);
      setTimeout(() => {
        collectGarbage();
        poke(to);
        collectGarbage();
      }, 1);
      await wait;
      drain(from);
    }
    assertEquals(manager.statistics().events, 30);
  });

  it("goes on after children were spawned", { busyPoll: 0 }, async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    for (let round = 0; round < 5; round++) {
      const wait = manager.waitReadable(from);
      await new Promise((resolve) => setTimeout(resolve, 1));
      execFileSync("true");
      poke(to);
      await wait;
      drain(from);
    }
  });

  it("rings again after having been disarmed", { busyPoll: 0 }, async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const sleep = () => new Promise((resolve) => setTimeout(resolve, 1));
    for (let round = 0; round < 10; round++) {
      const controller = new AbortController();
      const abandoned = manager.waitReadable(from, controller).catch((error) => error);
      await sleep();
      controller.abort("stop");
      assertEquals(await abandoned, "stop");
      // The kernel may ring for this one although nobody waits.
      if (round % 2 === 0) poke(to);
      await sleep();
      const wait = manager.waitReadable(from);
      if (round % 2 === 1) setTimeout(poke, 1, to);
      await wait;
      drain(from);
    }
  });
}, whereItWorks);

describe("the reason why io_uring can't be used", () => {
  it("is known if and only if a manager refuses the driver", () => {
    if (uringRefusal === undefined) return void new EpollIOManager({ driver: "uring" }).close();
    const error = assertThrows(
      () => new EpollIOManager({ driver: "uring" }),
      UnsupportedPlatformError,
    );
    assertStringIncludes(error.message, uringRefusal);
  });
});
