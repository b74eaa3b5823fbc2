/** Signals that interrupt poll(2), which can happen even if it doesn't block. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EpollIOManager, ExclusiveWaiter, Wakeup } from "../../mod.ts";
import { bindSymbols } from "../../src/ffi/libc.ts";
import { pollSymbols } from "../../src/ffi/symbols.ts";
import { isReady } from "../../src/sys/poll.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { EINTR, EINVAL } from "../support/errnos.ts";
import { failing, failingIn, type Fault } from "../support/faults.ts";
import { uringRefusal } from "../support/uring.ts";
import { asleep, rejection } from "../support/waits.ts";

const EPOLLIN = 1;

/** Every second call of poll(2) fails with `EINTR`. */
function interruptedPolls(): Fault {
  let calls = 0;
  return failingIn(bindSymbols(pollSymbols), "poll", EINTR, -1, () => calls++ % 2 === 0);
}

describe("isReady()", () => {
  it("polls again after EINTR", () => {
    using wakeup = new Wakeup();
    using fault = interruptedPolls();
    assertEquals(isReady(wakeup.fd, EPOLLIN), false);
    wakeup.wake();
    assertEquals(isReady(wakeup.fd, EPOLLIN), true);
    assertEquals(fault.count, 2);
  });
});

describeForDrivers("waitPriority()", (it) => {
  it("begins although poll(2) is interrupted", async ({ manager, fds }) => {
    const [near, far] = fds.socketpair();
    using _fault = interruptedPolls();
    const wait = manager.waitPriority(near);
    fds.close(far);
    await wait;
  });

  it("begins although poll(2) fails", async ({ manager, fds }) => {
    const [near, far] = fds.socketpair();
    let wait;
    {
      using _fault = failingIn(bindSymbols(pollSymbols), "poll", EINVAL, -1);
      wait = manager.waitPriority(near);
    }
    fds.close(far);
    await wait;
  });
});

describe("EpollIOManager.getEvents()", () => {
  it("returns an empty list after EINTR of epoll_wait", async () => {
    await using manager = new EpollIOManager({ driver: "manual" });
    let left = 1;
    using fault = failing("epoll_wait", EINTR, () => left-- > 0);
    assertEquals(manager.getEvents(10).length, 0);
    assertEquals(fault.count, 1);
  });

  if (uringRefusal === undefined) {
    it("doesn't throw if poll(2) of another manager's doorbell is interrupted", async () => {
      await using other = new EpollIOManager({ driver: "uring", busyPoll: 0 });
      await using manager = new EpollIOManager({ driver: "manual" });
      using wakeup = new Wakeup();
      const wait = other.waitReadable(wakeup).catch(() => {});
      await asleep(other);
      {
        using _polls = interruptedPolls();
        let left = 1;
        using _waits = failing("epoll_wait", EINTR, () => left-- > 0);
        assertEquals(manager.getEvents(1).length, 0);
      }
      other.notifyClosing(wakeup);
      await wait;
    });
  }
});

describe("ExclusiveWaiter.wait()", () => {
  it("resolves although poll(2) is interrupted", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, { edgeTriggered: true });
    using _fault = interruptedPolls();
    for (let round = 0; round < 5; round++) {
      const wait = waiter.wait();
      wakeup.wake();
      await wait;
      wakeup.drain();
    }
  });

  it("leaves nothing that listens to its signal if it can't begin", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, { edgeTriggered: true });
    wakeup.wake();
    await waiter.wait();
    const controller = new AbortController();
    {
      using _fault = failingIn(bindSymbols(pollSymbols), "poll", EINVAL, -1);
      await rejection(waiter.wait(controller), Error, "EINVAL");
    }
    // A listener that is left would reject a promise that nothing handles, which ends the test.
    controller.abort();
    wakeup.drain();
    const wait = waiter.wait();
    wakeup.wake();
    await wait;
  });
});
