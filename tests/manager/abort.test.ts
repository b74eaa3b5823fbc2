import { assertEquals, assertStrictEquals } from "@std/assert";
import { describeForDrivers } from "../support/drivers.ts";
import { fill, poke } from "../support/fds.ts";
import { assertPending, processed } from "../support/waits.ts";

describeForDrivers("waitReadable() with a signal", (it) => {
  it("rejects with the reason if the signal has already aborted", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const reason = { why: "not needed" };
    const signal = AbortSignal.abort(reason);
    const before = manager.statistics().epollCtlCalls;
    for (
      const wait of [
        manager.waitReadable(one, { signal }),
        manager.waitWritable(one, { signal }),
        manager.waitPriority(one, { signal }),
        manager.waitWakeup({ signal }),
      ]
    ) {
      assertStrictEquals(await wait.catch((error) => error), reason);
    }
    assertEquals(manager.statistics().epollCtlCalls, before);
  });

  it("rejects with the reason when the signal aborts", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    fill(one);
    const controller = new AbortController();
    const { signal } = controller;
    const waits = [
      manager.waitReadable(one, { signal }),
      manager.waitWritable(one, { signal }),
      manager.waitPriority(one, { signal }),
      manager.waitWakeup({ signal }),
    ];
    await assertPending(manager, ...waits);
    const reason = new Error("enough");
    const results = Promise.allSettled(waits);
    controller.abort(reason);
    for (const result of await results) {
      assertStrictEquals(result.status === "rejected" && result.reason, reason);
    }
    const { tasksWaitingRead, tasksWaitingWrite, tasksWaitingPriority } = manager.statistics();
    assertEquals([tasksWaitingRead, tasksWaitingWrite, tasksWaitingPriority], [0, 0, 0]);
  });

  it("has no effect on a wait that has ended", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const controller = new AbortController();
    poke(other);
    await manager.waitReadable(one, { signal: controller.signal });
    const next = manager.waitPriority(one);
    controller.abort();
    await assertPending(manager, next);
    manager.notifyClosing(one);
    await next.catch(() => {});
  });

  it("loses no event, and no later wait", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    for (let round = 0; round < 20; round++) {
      const controller = new AbortController();
      const wait = manager.waitReadable(one, controller).catch((error) => error);
      // The abort may come before, together with, or after the event.
      if (round % 3 === 0) poke(other);
      if (round % 3 === 1) await processed(manager);
      controller.abort("stop");
      if (round % 3 !== 0) poke(other);
      const result = await wait;
      assertEquals(result === undefined || result === "stop", true);
      await manager.waitReadable(one);
    }
  });

  it("leaves the wait for another direction pending", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    fill(one);
    const controller = new AbortController();
    const writer = manager.waitWritable(one, controller).catch((error) => error);
    const reader = manager.waitReadable(one);
    await assertPending(manager, reader);
    controller.abort("stop");
    assertEquals(await writer, "stop");
    poke(other);
    await reader;
  });

  it("leaves no listener on the signal", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const signal = new AbortController().signal;
    let listeners = 0;
    const { prototype } = EventTarget;
    const { addEventListener, removeEventListener } = prototype;
    using restored = new DisposableStack();
    restored.defer(() => Object.assign(prototype, { addEventListener, removeEventListener }));
    prototype.addEventListener = function (...args) {
      if (this === signal) listeners++;
      addEventListener.apply(this, args);
    };
    prototype.removeEventListener = function (...args) {
      if (this === signal) listeners--;
      removeEventListener.apply(this, args);
    };
    await manager.waitWritable(one, { signal });
    assertEquals(listeners, 0);
    const wait = manager.waitReadable(one, { signal }).catch(() => {});
    assertEquals(listeners, 1);
    manager.notifyClosing(one);
    await wait;
    assertEquals(listeners, 0);
  });
});
