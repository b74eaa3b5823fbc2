/** One wait for several directions, which tells which of them are ready. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  BusyResourceError,
  ClosedResourceError,
  SystemError,
  type WaitReadyOptions,
} from "../../mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { drain, fill, poke } from "../support/fds.ts";
import { sendOutOfBand } from "../support/libc.ts";
import { assertPending, rejection } from "../support/waits.ts";

const nothing = {
  readable: false,
  writable: false,
  priority: false,
  hangup: false,
  error: false,
};

describeForDrivers("waitReady", (it, driver) => {
  it("tells what is ready, of what it was asked for", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const both = { readable: true, writable: true };
    assertEquals(await manager.waitReady(one, both), { ...nothing, writable: true });
    poke(other);
    assertEquals(await manager.waitReady(one, both), { ...nothing, ...both });
    assertEquals(await manager.waitReady(one, { readable: true }), { ...nothing, readable: true });
  });

  it("costs one epoll_ctl, and leaves the directions free", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    await manager.waitReadable(fds.socketpair()[0], { signal: AbortSignal.abort() }).catch(
      () => {},
    );
    await manager.waitWritable(other);
    poke(other);
    await manager.waitReadable(one);
    drain(one);
    const before = manager.statistics();
    const wait = manager.waitReady(one, { readable: true, writable: true, priority: true });
    assertEquals(manager.statistics().epollCtlCalls - before.epollCtlCalls, 1);
    assertEquals(manager.statistics().tasksWaitingPriority, 1);
    poke(other);
    assertEquals((await wait).readable, true);
    const { tasksWaitingRead, tasksWaitingWrite, tasksWaitingPriority } = manager.statistics();
    assertEquals([tasksWaitingRead, tasksWaitingWrite, tasksWaitingPriority], [0, 0, 0]);
    assertEquals(manager.statistics().epollCtlCalls - before.epollCtlCalls, 1);
  });

  it("is busy if any of its directions is taken, and arms nothing then", async ({ manager, barrier, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const first = manager.waitWritable(one);
    const options = { readable: true, writable: true };
    const error = await rejection(manager.waitReady(one, options), BusyResourceError);
    assertStringIncludes(error.message, "writable");
    const { events } = manager.statistics();
    poke(other);
    await barrier.passed();
    assertEquals(manager.statistics().events, events + 1);
    assertEquals(manager.statistics().tasksWaitingRead, 0);
    drain(other);
    await first;
  });

  it("takes each of its directions", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    fill(one);
    const wait = manager.waitReady(one, { readable: true, hangup: true });
    await rejection(manager.waitReadable(one), BusyResourceError);
    await rejection(manager.waitHangup(one), BusyResourceError);
    const ended = rejection(wait, ClosedResourceError);
    manager.notifyClosing(one);
    await ended;
  });

  it("is told of an error or a hang-up in all directions", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const options = { readable: true, writable: true, priority: true, hangup: true };
    const wait = manager.waitReady(one, options);
    fds.close(other);
    // The peer had not read everything, which the kernel reports as an error.
    assertEquals(await wait, { ...options, error: true });
  });

  it("tells of out-of-band data alone", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    fill(one);
    await rejection(
      manager.waitReady(one, { priority: true, signal: AbortSignal.abort(new RangeError("stop")) }),
      RangeError,
    );
    void sendOutOfBand;
  });

  it("resolves with nothing when its time is over", async ({ manager, fds }) => {
    const [from, to] = fds.pipe();
    for (const timeout of [0, 5, 0.5]) {
      assertEquals(await manager.waitReady(from, { readable: true, timeout }), nothing);
    }
    assertEquals(await manager.waitReady(from, { timeout: 1 }), nothing);
    assertEquals(manager.statistics().tasksWaitingRead, 0);
    const wait = manager.waitReady(from, { readable: true, timeout: Infinity });
    await assertPending(manager, wait);
    poke(to);
    assertEquals((await wait).readable, true);
  });

  // A manual manager has what its program has polled for.
  if (driver !== "manual") {
    it("misses nothing that is ready when its time is over", async ({ manager, fds }) => {
      const [from, to] = fds.pipe();
      poke(to);
      assertEquals((await manager.waitReady(from, { readable: true, timeout: 0 })).readable, true);
    });
  }

  it("ends by its signal, with the reason", async ({ manager, fds }) => {
    const [from] = fds.pipe();
    const controller = new AbortController();
    const { signal } = controller;
    const wait = manager.waitReady(from, { readable: true, timeout: 10_000, signal })
      .catch((reason) => reason);
    controller.abort("stop");
    assertEquals(await wait, "stop");
    assertEquals(manager.statistics().tasksWaitingRead, 0);
  });

  it("refuses what is no wait", async ({ manager, fds }) => {
    const [fd] = fds.pipe();
    const refused = (options: unknown, ErrorClass: typeof TypeError | typeof RangeError) =>
      rejection(manager.waitReady(fd, options as WaitReadyOptions), ErrorClass);
    for (const options of [{}, undefined, null, 5, { readable: false }, { readable: "yes" }]) {
      await refused(options, TypeError);
    }
    for (const timeout of [-1, NaN]) await refused({ readable: true, timeout }, RangeError);
    await refused({ readable: true, timeout: "5" }, TypeError);
    await rejection(manager.waitReady(9999, { readable: true, timeout: 1 }), SystemError);
    assertEquals(manager.statistics().tasksWaitingRead, 0);
  });
});

describeForDrivers("waitHangup", (it) => {
  it("resolves when the peer has gone, whatever is left to read", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const wait = manager.waitHangup(one);
    poke(other);
    await assertPending(manager, wait);
    assertEquals(manager.statistics().tasksWaitingHangup, 1);
    fds.close(other);
    await wait;
    assertEquals(drain(one), 1);
  });
});
