/** Which path a registration takes, as the number of `epoll_ctl` calls proves it. */

import { assertEquals } from "@std/assert";
import { describeForDrivers } from "../support/drivers.ts";
import { fill, poke } from "../support/fds.ts";

describeForDrivers("arming", (it) => {
  it("takes MOD and ADD the first time, MOD alone from then on", async ({ manager, fds }) => {
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

  it("takes one call for each change of what is wanted", async ({ manager, fds }) => {
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

  it("takes one call to go on for whoever an event leaves waiting", async ({ manager, fds }) => {
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

  it("starts anew with MOD and ADD once the descriptor was announced as closing", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    await manager.waitWritable(one);
    manager.notifyClosing(one);
    const before = manager.statistics().epollCtlCalls;
    await manager.waitWritable(one);
    assertEquals(manager.statistics().epollCtlCalls - before, 2);
  });

  it("takes one event for each wait", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    for (let round = 0; round < 100; round++) await manager.waitWritable(one);
    const { events, staleEvents } = manager.statistics();
    assertEquals({ events, staleEvents }, { events: 100, staleEvents: 0 });
  });
});
