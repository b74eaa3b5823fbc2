/** How descriptors are armed, observed as the number of `epoll_ctl` calls. */

import { assertEquals } from "@std/assert";
import { describeForDrivers } from "../support/drivers.ts";
import { fill, poke } from "../support/fds.ts";

describeForDrivers("epollCtlCalls", (it) => {
  it("counts MOD and ADD for the first wait, and MOD for later ones", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const calls = () => manager.statistics().epollCtlCalls;
    const before = calls();
    await manager.waitWritable(one);
    assertEquals(calls() - before, 2);
    for (let round = 1; round <= 5; round++) {
      await manager.waitWritable(one);
      assertEquals(calls() - before, 2 + round);
    }
  });

  it("counts one call for each change of the directions", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const calls = () => manager.statistics().epollCtlCalls;
    const controller = new AbortController();
    const reader = manager.waitReadable(one);
    const before = calls();
    const writer = manager.waitWritable(one, controller).catch((error) => error);
    assertEquals(calls() - before, 1, "a second direction is one MOD");
    controller.abort("stop");
    await writer;
    assertEquals(calls() - before, 2, "so is its end");
    poke(other);
    await reader;
    assertEquals(calls() - before, 2, "an event that leaves nobody waiting needs no call");
  });

  it("counts one call for the remaining waits after an event", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const reader = manager.waitReadable(one);
    const writer = manager.waitWritable(one).catch(() => {});
    const before = manager.statistics().epollCtlCalls;
    poke(other);
    await reader;
    assertEquals(manager.statistics().epollCtlCalls - before, 1);
    manager.notifyClosing(one);
    await writer;
    assertEquals(manager.statistics().epollCtlCalls - before, 2, "the DEL");
  });

  it("calls MOD and ADD again after notifyClosing()", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    await manager.waitWritable(one);
    manager.notifyClosing(one);
    const before = manager.statistics().epollCtlCalls;
    await manager.waitWritable(one);
    assertEquals(manager.statistics().epollCtlCalls - before, 2);
  });

  it("counts one event per wait", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    for (let round = 0; round < 100; round++) await manager.waitWritable(one);
    const { events, staleEvents } = manager.statistics();
    assertEquals({ events, staleEvents }, { events: 100, staleEvents: 0 });
  });
});
