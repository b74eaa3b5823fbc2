import { assert, assertEquals, assertThrows } from "@std/assert";
import { ClosedResourceError, type FdLike } from "../../mod.ts";
import { close, pipe } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { fill, poke } from "../support/fds.ts";
import { openManager } from "../support/managers.ts";
import { asleep, assertPending, rejection } from "../support/waits.ts";

describeForDrivers("EpollIOManager.notifyClosing()", (it) => {
  it("rejects all waits for the descriptor, each with a new error", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    fill(one);
    const waits = [manager.waitReadable(one), manager.waitWritable(one), manager.waitPriority(one)];
    const rejections = Promise.all(waits.map((wait) => rejection(wait, ClosedResourceError)));
    manager.notifyClosing(one);
    const errors = await rejections;
    assertEquals(new Set(errors).size, 3);
    assertEquals(manager.statistics().tasksWaitingRead, 0);
    assertEquals(manager.statistics().tasksWaitingWrite, 0);
    assertEquals(manager.statistics().tasksWaitingPriority, 0);
  });

  it("leaves waits for other descriptors pending", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const ended = rejection(manager.waitReadable(one), ClosedResourceError);
    const wait = manager.waitReadable(other);
    manager.notifyClosing(one);
    await ended;
    await assertPending(manager, wait);
    poke(one);
    await wait;
  });

  it("allows new waits for the descriptor", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    const ended = rejection(manager.waitReadable(one), ClosedResourceError);
    manager.notifyClosing({ fd: one });
    await ended;
    poke(other);
    await manager.waitReadable(one);
  });

  it("does nothing for descriptors without waits, open or closed", ({ manager, fds }) => {
    const [one] = fds.socketpair();
    const [closed, end] = pipe();
    close(closed);
    close(end);
    for (const fd of [one, closed, -1, NaN, 2 ** 40]) manager.notifyClosing(fd);
    manager.notifyClosing({ fd: -1 });
    assertEquals(manager.statistics().epollCtlCalls, 1, "only the wakeup was registered");
  });

  it("throws a TypeError for values without a descriptor", ({ manager }) => {
    for (const value of ["7", null, undefined, {}, [3]]) {
      assertThrows(() => manager.notifyClosing(value as FdLike), TypeError);
    }
  });
});

describeForDrivers("EpollIOManager.close()", (it, driver) => {
  it("rejects pending and later waits", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    fill(one);
    const rejections = Promise.all(
      [
        manager.waitReadable(one),
        manager.waitWritable(one),
        manager.waitPriority(one),
        manager.waitWakeup(),
        manager.waitWakeup(),
      ].map((wait) => rejection(wait, ClosedResourceError)),
    );
    const closing = manager.close();
    await rejection(manager.waitReadable(one), ClosedResourceError);
    assertEquals(new Set(await rejections).size, 5);
    await closing;
    await rejection(manager.waitWritable(one), ClosedResourceError);
    await rejection(manager.waitWakeup(), ClosedResourceError);
    assertThrows(() => manager.wakeupHandle(), ClosedResourceError);
  });

  it("is idempotent, and later calls of other methods do no harm", async ({ manager, fds }) => {
    const [one] = fds.socketpair();
    await manager.waitWritable(one);
    const closing = manager.close();
    assert(manager.close() === closing);
    await closing;
    await manager.close();
    await manager[Symbol.asyncDispose]();
    manager.forceWakeup();
    manager.notifyClosing(one);
    assertEquals(manager.statistics().events, 1);
  });

  it("frees its descriptors at once, even if another manager gets their numbers", async ({ manager, fds }) => {
    const [one, other] = fds.socketpair();
    await manager.waitWritable(one);
    await manager.close();
    await using next = openManager(driver);
    const wait = next.waitReadable(one);
    manager.notifyClosing(one);
    poke(other);
    await wait;
  });

  it("resolves while the doorbell rings", async ({ fds }) => {
    for (let round = 0; round < 50; round++) {
      const [one, other] = fds.pipe();
      const manager = openManager(driver);
      const wait = manager.waitReadable(one).catch((error) => error);
      // Every other round the manager sleeps, and the doorbell rings during the close.
      if (round % 2 === 0) await asleep(manager);
      poke(other);
      await manager.close();
      const result = await wait;
      assert(result === undefined || result instanceof ClosedResourceError);
      fds.close(one);
      fds.close(other);
    }
  });
});
