/** Watches, which call their listener until they are closed. */

import { assertEquals, assertThrows } from "@std/assert";
import {
  BusyResourceError,
  ClosedResourceError,
  type FdWatch,
  type Interest,
  type Readiness,
  SystemError,
} from "../../mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { drain, fill, poke } from "../support/fds.ts";
import { until } from "../support/event_loop.ts";
import { rejection } from "../support/waits.ts";

const readable = { readable: true } as const;

/** Resolves once `calls` has `count` items. */
function called(calls: readonly unknown[], count: number): Promise<void> {
  return until(() => calls.length >= count, () => new Error(`${calls.length} calls`));
}

describeForDrivers("EpollIOManager.watch()", (it) => {
  it("calls the listener while a direction is ready, and when it becomes ready again", async ({ manager, barrier, fds }) => {
    const [from, to] = fds.pipe();
    const calls: Readiness[] = [];
    using _watch = manager.watch(from, readable, (ready) => {
      calls.push(ready);
      if (calls.length % 3 === 0) drain(from);
    });
    poke(to);
    await called(calls, 3);
    await barrier.passed();
    assertEquals(calls.length, 3);
    assertEquals(calls[0], {
      readable: true,
      writable: false,
      priority: false,
      hangup: false,
      error: false,
    });
    poke(to);
    await called(calls, 6);
  });

  it("costs one epoll_ctl for each event", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const calls: Readiness[] = [];
    using _watch = manager.watch(from, readable, (ready) => {
      calls.push(ready);
      if (calls.length === 10) drain(from);
    });
    const { epollCtlCalls } = manager.statistics();
    poke(to);
    await called(calls, 10);
    assertEquals(manager.statistics().epollCtlCalls - epollCtlCalls, 10);
  });

  it("occupies its directions between events", async ({ manager, barrier, fds }) => {
    const [from, to] = fds.pipe();
    const watch = manager.watch(from, readable, () => drain(from));
    poke(to);
    await barrier.passed();
    await rejection(manager.waitReadable(from), BusyResourceError);
    assertThrows(() => manager.watch(from, readable, () => {}), BusyResourceError);
    watch.close();
    poke(to);
    await manager.waitReadable(from);
  });

  it("changes its interest, and pauses with none", async ({ manager, barrier, fds }) => {
    const [one, other] = fds.socketpair();
    const calls: Readiness[] = [];
    using watch = manager.watch(one, readable, (ready) => {
      calls.push(ready);
      watch.interest({});
    });
    watch.interest({ readable: true, writable: true });
    await called(calls, 1);
    assertEquals(calls[0]!.writable, true);
    poke(other);
    await barrier.passed();
    assertEquals(calls.length, 1, "it is paused");
    await manager.waitReadable(one);
    watch.interest(readable);
    await called(calls, 2);
    assertEquals(calls[1]!.readable, true);
    const wait = manager.waitWritable(one);
    assertThrows(() => watch.interest({ writable: true }), BusyResourceError);
    await wait;
  });

  it("doesn't call the listener after the close, even for a received event", async ({ manager, barrier, fds }) => {
    const ends = [fds.pipe(), fds.pipe()];
    const calls: number[] = [];
    const watches: FdWatch[] = ends.map(([from], index) =>
      manager.watch(from, readable, () => {
        calls.push(index);
        for (const watch of watches) watch.close();
      })
    );
    for (const [, to] of ends) poke(to);
    await called(calls, 1);
    await barrier.passed();
    assertEquals(calls.length, 1);
    watches[0]!.close();
    assertThrows(() => watches[0]!.interest(readable), ClosedResourceError);
    assertEquals(manager.statistics().tasksWaitingRead, 0);
  });

  it("can begin another watch for the same descriptor in its listener", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    const calls: string[] = [];
    const first = manager.watch(from, readable, () => {
      calls.push("first");
      first.close();
      const second = manager.watch(from, readable, () => {
        calls.push("second");
        second.close();
      });
    });
    poke(to);
    await called(calls, 2);
    assertEquals(calls, ["first", "second"]);
  });

  it("allows a wait for another direction", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const calls: Readiness[] = [];
    using _watch = manager.watch(one, readable, (ready) => {
      calls.push(ready);
      drain(one);
    });
    const writable = manager.waitWritable(one);
    poke(other);
    await called(calls, 1);
    drain(other);
    await writable;
    poke(other);
    await called(calls, 2);
  });

  it("ends with notifyClosing, with closeFd, and with its manager", async ({ manager, barrier, fds }) => {
    const [from, to] = fds.pipe();
    const calls: Readiness[] = [];
    const begin = () => manager.watch(from, readable, (ready) => calls.push(ready));
    const first = begin();
    manager.notifyClosing(from);
    poke(to);
    await barrier.passed();
    assertEquals(calls, []);
    assertThrows(() => first.interest(readable), ClosedResourceError);
    drain(from);
    const last = begin();
    await manager.close();
    assertThrows(() => last.interest(readable), ClosedResourceError);
    assertThrows(begin, ClosedResourceError);
    last.close();
  });

  it("can close its manager in its listener", async ({ manager, fds }) => {
    const ends = [fds.pipe(), fds.pipe()];
    const closed = Promise.withResolvers<void>();
    let calls = 0;
    for (const [from, to] of ends) {
      manager.watch(from, readable, () => {
        calls++;
        closed.resolve(manager.close());
      });
      poke(to);
    }
    await closed.promise;
    assertEquals(calls, 1);
  });

  it("calls the listener without a receiver", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const self = await new Promise<unknown>((resolve) => {
      const watch = manager.watch(one, { writable: true }, function (this: unknown) {
        watch.close();
        resolve(this);
      });
    });
    assertEquals(self, undefined);
  });

  it("throws for invalid arguments, and arms nothing", ({ manager, fds }) => {
    const [fd] = fds.pipe();
    const watch = (interest: unknown, listener: unknown = () => {}) => () =>
      manager.watch(fd, interest as Interest, listener as () => void);
    for (const interest of [undefined, null, "readable", { readable: 1 }]) {
      assertThrows(watch(interest), TypeError);
    }
    for (const listener of [null, 5, {}]) {
      assertThrows(watch(readable, listener), TypeError);
    }
    assertThrows(() => manager.watch(9999, readable, () => {}), SystemError, "EBADF");
    assertEquals(manager.inspect().endsWith("0 waits"), true);
    return Promise.resolve();
  });
});

describeForDrivers("EpollIOManager.watch() with getEvents() in its listener", (it) => {
  it("loses no event", async ({ bareManager: manager, fds }) => {
    const ends = Array.from({ length: 5 }, () => fds.pipe());
    const calls: number[] = [];
    for (const [index, [from]] of ends.entries()) {
      manager.watch(from, readable, () => {
        calls.push(index);
        drain(from);
        manager.processEvents(manager.getEvents(0));
      });
    }
    for (const [, to] of ends) poke(to);
    manager.processEvents(manager.getEvents(0));
    manager.processEvents(manager.getEvents(0));
    assertEquals(calls.sort(), [0, 1, 2, 3, 4]);
    await manager.close();
  });

  it("reports a wakeup once that came with its event", ({ bareManager: manager, fds }) => {
    const [from, to] = fds.pipe();
    using _watch = manager.watch(from, readable, () => {
      drain(from);
      manager.processEvents(manager.getEvents(0));
    });
    poke(to);
    manager.forceWakeup();
    manager.processEvents(manager.getEvents(0));
    assertEquals(manager.statistics().wakeups, 1);
    assertEquals(manager.getEvents(0).length, 0);
  });
}, ["manual"]);
