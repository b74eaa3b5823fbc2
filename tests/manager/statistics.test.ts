import { assertEquals } from "@std/assert";
import type { EpollIOManager } from "../../mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { fill, poke } from "../support/fds.ts";

function waiting(manager: EpollIOManager): [read: number, write: number, priority: number] {
  const { tasksWaitingRead, tasksWaitingWrite, tasksWaitingPriority } = manager.statistics();
  return [tasksWaitingRead, tasksWaitingWrite, tasksWaitingPriority];
}

describeForDrivers("EpollIOManager.statistics()", (it, driver) => {
  it("returns zeros at first, and the backend and driver", ({ manager }) => {
    assertEquals(manager.statistics(), {
      tasksWaitingRead: 0,
      tasksWaitingWrite: 0,
      tasksWaitingPriority: 0,
      tasksWaitingHangup: 0,
      backend: "epoll",
      driver,
      epollCtlCalls: 1,
      epollWaitCalls: 0,
      events: 0,
      staleEvents: 0,
      wakeups: 0,
    });
  });

  it("counts pending waits", async ({ manager, fds }) => {
    const [a1, b1] = fds.socketpair();
    const [a2, b2] = fds.socketpair();
    const [a3] = fds.socketpair();
    fill(a1);
    fill(a3);
    const controller = new AbortController();
    const waits = [
      manager.waitWritable(a1, controller),
      manager.waitReadable(a2, controller),
      manager.waitReadable(b2, controller),
      manager.waitWritable(a3, controller),
      manager.waitReadable(a3, controller),
      manager.waitPriority(b1, controller),
    ].map((wait) => wait.catch(() => {}));
    assertEquals(waiting(manager), [3, 2, 1]);
    poke(b2);
    await waits[1];
    assertEquals(waiting(manager), [2, 2, 1]);
    manager.notifyClosing(a3);
    assertEquals(waiting(manager), [1, 1, 1]);
    controller.abort();
    assertEquals(waiting(manager), [0, 0, 0]);
    await Promise.all(waits);
  });

  it("counts forced wakeups", async ({ manager }) => {
    for (let round = 1; round <= 3; round++) {
      const woken = manager.waitWakeup();
      manager.forceWakeup();
      await woken;
      assertEquals(manager.statistics().wakeups, round);
    }
    assertEquals(manager.statistics().events, 0);
  });
});
