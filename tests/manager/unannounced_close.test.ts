/**
 * Descriptors that are closed behind the manager's back, while somebody waits. Such a wait may stay
 * pending until it is aborted, resolve, or reject; it must not spin, crash, or spoil other waits.
 */

import { assert, assertEquals } from "@std/assert";
import { SystemError } from "../../mod.ts";
import { dup } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { fill, poke } from "../support/fds.ts";

/** What a wait has come to: nothing, `"stop"` by its signal, or an error of the system. */
async function acceptable(wait: Promise<void>): Promise<void> {
  const result = await wait.then(() => undefined, (error) => error);
  assert(
    result === undefined || result === "stop" || result instanceof SystemError,
    String(result),
  );
}

describeForDrivers("a close that nobody announced", (it) => {
  it("of the last descriptor", async ({ manager, barrier, fds }) => {
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

  it("while a dup of it lives", async ({ manager, barrier, fds }) => {
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

  it("noticed when an aborted waiter leaves another one to re-arm for", async ({ manager, barrier, fds }) => {
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

  it("noticed when an event leaves another waiter to re-arm for", async ({ manager, barrier, fds }) => {
    const [one, other] = fds.socketpair();
    const twin = fds.own(dup(one));
    fill(one);
    const reader = manager.waitReadable(one);
    const writer = manager.waitWritable(one).catch((error) => error);
    const twinReader = manager.waitReadable(twin);
    await barrier.passed();
    fds.close(one);
    poke(other);
    // The kernel still reports under the number of the closed one.
    await Promise.all([reader, twinReader]);
    const error = await writer;
    assert(error instanceof SystemError);
    assertEquals(error.code, "EBADF");
    assertEquals(manager.statistics().tasksWaitingWrite, 0);
  });

  it("never makes the manager spin", async ({ manager, barrier, fds }) => {
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
    // One event for each round's own descriptor, none for the dead one, which is still readable.
    assertEquals(after.events - events, 10);
    assertEquals(after.staleEvents, staleEvents);
  });
});
