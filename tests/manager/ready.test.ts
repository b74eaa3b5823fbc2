/** Waits for several directions. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  BusyResourceError,
  ClosedResourceError,
  SystemError,
  type WaitReadyOptions,
} from "../../mod.ts";
import { accept, listenTcp } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { drain, fill, poke } from "../support/fds.ts";
import { connectTo, sendOutOfBand } from "../support/libc.ts";
import { assertPending, rejection } from "../support/waits.ts";

const nothing = {
  readable: false,
  writable: false,
  priority: false,
  hangup: false,
  error: false,
};

describeForDrivers("EpollIOManager.waitReady()", (it, driver) => {
  it("resolves to the requested directions that are ready", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const both = { readable: true, writable: true };
    assertEquals(await manager.waitReady(one, both), { ...nothing, writable: true });
    poke(other);
    assertEquals(await manager.waitReady(one, both), { ...nothing, ...both });
    assertEquals(await manager.waitReady(one, { readable: true }), { ...nothing, readable: true });
  });

  it("costs one epoll_ctl, and frees the directions", async ({ manager, fds }) => {
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

  it("rejects with BusyResourceError if one direction is taken, and arms nothing", async ({ manager, barrier, fds }) => {
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

  it("occupies each of its directions", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    fill(one);
    const wait = manager.waitReady(one, { readable: true, hangup: true });
    await rejection(manager.waitReadable(one), BusyResourceError);
    await rejection(manager.waitHangup(one), BusyResourceError);
    const ended = rejection(wait, ClosedResourceError);
    manager.notifyClosing(one);
    await ended;
  });

  it("resolves to all directions for an error or a hang-up", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const options = { readable: true, writable: true, priority: true, hangup: true };
    const wait = manager.waitReady(one, options);
    fds.close(other);
    // The peer had not read everything, which the kernel reports as an error.
    assertEquals(await wait, { ...options, error: true });
  });

  it("rejects with the reason if its signal has already aborted", async ({ manager, fds }) => {
    const [near] = fds.socketpair();
    const signal = AbortSignal.abort(new RangeError("stop"));
    await rejection(manager.waitReady(near, { priority: true, signal }), RangeError, "stop");
  });

  it("resolves to priority alone for out-of-band data", async ({ manager, fds }) => {
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const client = fds.own(connectTo(listener));
    await manager.waitReadable(listener);
    const server = fds.own(accept(listener) ?? -1);
    const wait = manager.waitReady(server, { readable: true, priority: true, hangup: true });
    sendOutOfBand(client);
    assertEquals(await wait, { ...nothing, priority: true });
  });

  it("resolves to no direction when its timeout expires", async ({ manager, fds }) => {
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

  // The program runs a manual manager, which may expire a wait without polling.
  if (driver !== "manual") {
    it("reports a direction that is ready when its timeout expires", async ({ manager, fds }) => {
      const [from, to] = fds.pipe();
      poke(to);
      assertEquals((await manager.waitReady(from, { readable: true, timeout: 0 })).readable, true);
    });
  }

  it("rejects with the reason when its signal aborts", async ({ manager, fds }) => {
    const [from] = fds.pipe();
    const controller = new AbortController();
    const { signal } = controller;
    const wait = manager.waitReady(from, { readable: true, timeout: 10_000, signal })
      .catch((reason) => reason);
    controller.abort("stop");
    assertEquals(await wait, "stop");
    assertEquals(manager.statistics().tasksWaitingRead, 0);
  });

  it("rejects invalid options", async ({ manager, fds }) => {
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

describeForDrivers("EpollIOManager.waitHangup()", (it) => {
  it("resolves when the peer is gone, even if there is data to read", async ({ manager, fds }) => {
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
