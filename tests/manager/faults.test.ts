/** Failing functions of the C library cause the documented errors, and leave nothing behind. */

import { assertEquals, assertThrows } from "@std/assert";
import { EpollIOManager, openWakeup, SystemError, Wakeup } from "../../mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { EINTR, EIO, EMFILE, ENOMEM } from "../support/errnos.ts";
import { failing } from "../support/faults.ts";
import { countFds, poke } from "../support/fds.ts";
import { rejection } from "../support/waits.ts";

describeForDrivers("new EpollIOManager()", (it, driver) => {
  for (const call of ["epoll_create1", "eventfd"] as const) {
    it(`throws EMFILE and leaks nothing if ${call} fails`, () => {
      const before = countFds();
      using fault = failing(call, EMFILE);
      const error = assertThrows(() => new EpollIOManager({ driver }), SystemError, "EMFILE");
      assertEquals([error.syscall, fault.count], [call, 1]);
      assertEquals(countFds(), before);
    });
  }

  it("throws ENOMEM and leaks nothing if its wakeup can't be registered", () => {
    const before = countFds();
    using _fault = failing("epoll_ctl", ENOMEM);
    assertThrows(() => new EpollIOManager({ driver }), SystemError, "ENOMEM");
    assertEquals(countFds(), before);
  });
});

describeForDrivers("EpollIOManager when a call fails", (it) => {
  it("rejects all waits for the descriptor if it can't be armed again", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const reader = rejection(manager.waitReadable(one), SystemError);
    {
      using _fault = failing("epoll_ctl", ENOMEM);
      const priority = rejection(manager.waitPriority(one), SystemError);
      assertEquals((await reader).code, "ENOMEM");
      assertEquals((await priority).code, "ENOMEM");
    }
    assertEquals(manager.statistics().tasksWaitingRead, 0);
    await manager.waitWritable(one);
  });

  it("leaves the manager unchanged if openWakeup() finds no descriptors left", async ({ manager }) => {
    const handle = manager.wakeupHandle();
    {
      using _fault = failing("fcntl", EMFILE);
      assertThrows(() => openWakeup(handle), SystemError, "EMFILE");
    }
    using remote = openWakeup(handle);
    const woken = manager.waitWakeup();
    remote.wake();
    await woken;
  });
});

describeForDrivers("a failing epoll_wait", (it, driver) => {
  it("is repeated after EINTR", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const wait = manager.waitReadable(one);
    let interruptions = 3;
    using fault = failing("epoll_wait", EINTR, () => interruptions-- > 0);
    poke(other);
    await wait;
    assertEquals(fault.count, 3);
  });

  if (driver !== "manual") {
    it("rejects all waits, and new ones succeed", async ({ manager, fds }) => {
      const [one, other] = fds.socketpair();
      const waits = [
        rejection(manager.waitReadable(one), SystemError),
        rejection(manager.waitReadable(other), SystemError),
        rejection(manager.waitWakeup(), SystemError),
      ];
      {
        using _fault = failing("epoll_wait", EIO);
        for (const error of await Promise.all(waits)) assertEquals(error.syscall, "epoll_wait");
      }
      poke(other);
      await manager.waitReadable(one);
    });
  }
});

describeForDrivers("Wakeup.wake() when write(2) fails", (it) => {
  it("returns if the counter is at its maximum, and throws otherwise", ({ manager }) => {
    using wakeup = new Wakeup();
    {
      using _fault = failing("write", 11);
      wakeup.wake();
      manager.forceWakeup();
    }
    using _fault = failing("write", EIO);
    assertThrows(() => wakeup.wake(), SystemError, "EIO");
    assertThrows(() => manager.forceWakeup(), SystemError, "EIO");
  });
});
