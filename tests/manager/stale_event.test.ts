/** Events of registrations that have changed or ended. */

import { assertEquals } from "@std/assert";
import { ClosedResourceError } from "../../mod.ts";
import { dup } from "../../src/os/mod.ts";
import { describeForDrivers, drivers } from "../support/drivers.ts";
import { drain, poke } from "../support/fds.ts";
import { dupTo } from "../support/libc.ts";
import { assertPending, processed, rejection } from "../support/waits.ts";

describeForDrivers("processEvents() with a stale event", (it) => {
  it("resolves no wait for a new file with the number of a closed one", async ({ manager, fds }) => {
    const [number, oldEnd] = fds.pipe();
    fds.own(dup(number));
    const [newFrom, newEnd] = fds.pipe();
    const controller = new AbortController();
    const first = manager.waitReadable(number, controller).catch((error) => error);
    await processed(manager);

    dupTo(newFrom, number);
    controller.abort("stop");
    assertEquals(await first, "stop");
    const second = manager.waitReadable(number);
    assertEquals(manager.statistics().staleEvents, 0);
    poke(oldEnd);
    await assertPending(manager, second);
    assertEquals(manager.statistics().staleEvents, 1);
    poke(newEnd);
    await second;
  });

  it("counts the event once", async ({ manager, fds }) => {
    const [number, end] = fds.pipe();
    const twin = fds.own(dup(number));
    const controller = new AbortController();
    const wait = manager.waitReadable(number, controller).catch((error) => error);
    await processed(manager);
    fds.close(number);
    controller.abort("stop");
    assertEquals(await wait, "stop");
    for (let round = 0; round < 10; round++) {
      poke(end);
      await manager.waitReadable(twin);
      drain(twin);
    }
    assertEquals(manager.statistics().staleEvents, 1);
  });
});

describeForDrivers("getEvents() before an earlier event was processed", (it) => {
  it("has no effect after notifyClosing()", async ({ bareManager: manager, fds }) => {
    const [one, other] = fds.socketpair();
    const wait = rejection(manager.waitReadable(one), ClosedResourceError);
    poke(other);
    const events = manager.getEvents(0);
    assertEquals([...events], [{ fd: one, events: 1 }]);
    manager.notifyClosing(one);
    manager.processEvents(events);
    await wait;
    assertEquals(manager.statistics().staleEvents, 1);
    assertEquals(manager.statistics().events, 0);
  });

  it("resolves no wait for a new file with the same number", async ({ bareManager: manager, fds }) => {
    const [number, oldEnd] = fds.pipe();
    const [newFrom, newEnd] = fds.pipe();
    const ended = rejection(manager.waitReadable(number), ClosedResourceError);
    poke(oldEnd);
    const events = manager.getEvents(0);
    manager.notifyClosing(number);
    await ended;
    fds.close(number);
    fds.reuse(number, newFrom);
    let woken = false;
    const wait = manager.waitReadable(number).then(() => woken = true);
    manager.processEvents(events);
    await Promise.resolve();
    assertEquals(woken, false);
    assertEquals(manager.statistics().staleEvents, 1);
    poke(newEnd);
    manager.processEvents(manager.getEvents(1000));
    await wait;
  });

  it("isn't lost if the registration changes", async ({ bareManager: manager, fds }) => {
    const [one, other] = fds.socketpair();
    const reader = manager.waitReadable(one);
    poke(other);
    const events = manager.getEvents(0);
    const writer = manager.waitWritable(one);
    manager.processEvents(events);
    assertEquals(manager.statistics().staleEvents, 1);
    manager.processEvents(manager.getEvents(1000));
    await Promise.all([reader, writer]);
  });

  it("is processed once, even if its list is passed twice", async ({ bareManager: manager, fds }) => {
    const [one, other] = fds.socketpair();
    const first = manager.waitReadable(one);
    poke(other);
    const events = manager.getEvents(0);
    manager.processEvents(events);
    await first;
    drain(one);
    let woken = false;
    const second = manager.waitReadable(one).then(() => woken = true, () => {});
    manager.processEvents(events);
    await Promise.resolve();
    assertEquals(woken, false);
    manager.notifyClosing(one);
    await second;
  });
}, drivers.filter((driver) => driver === "manual"));
