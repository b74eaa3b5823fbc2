/**
 * Descriptors that are closed without notice during a wait. The wait may stay pending until it is
 * aborted, resolve, or reject. It must not spin, crash, or affect other waits.
 */

import { assert, assertEquals } from "@std/assert";
import { SystemError } from "../../mod.ts";
import { dup } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { fill, poke } from "../support/fds.ts";

/** Asserts that `wait` resolves, or rejects with `"stop"` or a `SystemError`. */
async function acceptable(wait: Promise<void>): Promise<void> {
  const result = await wait.then(() => undefined, (error) => error);
  assert(
    result === undefined || result === "stop" || result instanceof SystemError,
    String(result),
  );
}

describeForDrivers("waitReadable() after a close without notice", (it) => {
  it("rejects when it is aborted, if the last descriptor was closed", async ({ manager, barrier, fds }) => {
    const [one] = fds.socketpair();
    const controller = new AbortController();
    const wait = acceptable(manager.waitReadable(one, controller));
    await barrier.passed();
    fds.close(one);
    await barrier.passed();
    controller.abort("stop");
    await wait;
    assertEquals(manager.statistics().tasksWaitingRead, 0);
  });

  it("rejects when it is aborted, if a duplicate is open", async ({ manager, barrier, fds }) => {
    const [one, other] = fds.socketpair();
    fds.own(dup(one));
    const controller = new AbortController();
    const wait = acceptable(manager.waitReadable(one, controller));
    await barrier.passed();
    fds.close(one);
    poke(other);
    await barrier.passed();
    controller.abort("stop");
    await wait;
    assertEquals(manager.statistics().tasksWaitingRead, 0);
  });

  it("rejects with EBADF when another wait is aborted", async ({ manager, barrier, fds }) => {
    const [one] = fds.socketpair();
    fds.own(dup(one));
    fill(one);
    const controller = new AbortController();
    const reader = manager.waitReadable(one, controller).catch((error) => error);
    const writer = manager.waitWritable(one).catch((error) => error);
    await barrier.passed();
    fds.close(one);
    controller.abort("stop");
    assertEquals(await reader, "stop");
    const error = await writer;
    assert(error instanceof SystemError);
    assertEquals(error.code, "EBADF");
    assertEquals(manager.statistics().tasksWaitingWrite, 0);
  });

  it("rejects with EBADF after an event for another wait", async ({ manager, barrier, fds }) => {
    const [one, other] = fds.socketpair();
    const twin = fds.own(dup(one));
    fill(one);
    const reader = manager.waitReadable(one);
    const writer = manager.waitWritable(one).catch((error) => error);
    const twinReader = manager.waitReadable(twin);
    await barrier.passed();
    fds.close(one);
    poke(other);
    // The kernel still reports the closed number.
    await Promise.all([reader, twinReader]);
    const error = await writer;
    assert(error instanceof SystemError);
    assertEquals(error.code, "EBADF");
    assertEquals(manager.statistics().tasksWaitingWrite, 0);
  });

  it("doesn't make the manager spin", async ({ manager, barrier, fds }) => {
    const [one, other] = fds.socketpair();
    fds.own(dup(one));
    const wait = manager.waitReadable(one);
    await barrier.passed();
    fds.close(one);
    poke(other);
    await wait;
    const { events, staleEvents } = manager.statistics();
    for (let round = 0; round < 10; round++) await barrier.passed();
    const after = manager.statistics();
    // One event per round for the barrier, none for the closed descriptor, which is still readable.
    assertEquals(after.events - events, 10);
    assertEquals(after.staleEvents, staleEvents);
  });
});
