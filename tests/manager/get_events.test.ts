/** Managers that the program runs: driver `"manual"`. */

import { assert, assertEquals, assertLess, assertLessOrEqual, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { ClosedResourceError, EpollIOManager, type EventList } from "../../mod.ts";
import { libc } from "../../src/ffi/libc.ts";
import { listenTcp, timerfd } from "../../src/os/mod.ts";
import { describeForDrivers, drivers, selfRunning } from "../support/drivers.ts";
import { failingIn } from "../support/faults.ts";
import { poke } from "../support/fds.ts";
import { acceptFrom, connectTo, sendOutOfBand } from "../support/libc.ts";
import { run, runtime } from "../support/programs.ts";
import { asleep } from "../support/waits.ts";

describeForDrivers("EpollIOManager.getEvents()", (it, driver) => {
  it("returns an empty list at once with a timeout of 0", ({ bareManager: manager }) => {
    assertEquals(manager.getEvents(0).length, 0);
    assertEquals([...manager.getEvents(0)], []);
  });

  it("rounds its timeout up to whole milliseconds", ({ bareManager: manager }) => {
    const given: unknown[] = [];
    // Returns at once, and records the timeout.
    const note = (...[, , , milliseconds]: unknown[]) => given.push(milliseconds) > 0;
    using _fault = failingIn(libc(), "epoll_wait", 0, 0, note);
    for (const timeout of [0, -0, 0.001, 20, 20.2, Infinity, 1e15]) {
      assertEquals(manager.getEvents(timeout).length, 0);
    }
    assertEquals(given, [0, 0, 1, 20, 21, -1, 0x7fff_ffff]);
  });

  it("blocks although a paused watch has missed an event", ({ bareManager: manager, fds }) => {
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const client = fds.own(connectTo(listener));
    const watch = manager.watch(fds.own(acceptFrom(listener)), { priority: true }, () => {});
    sendOutOfBand(client);
    watch.interest({ priority: true });
    watch.interest({});
    let timeout: unknown;
    const note = (...[, , , milliseconds]: unknown[]) => (timeout = milliseconds) === 20;
    using _fault = failingIn(libc(), "epoll_wait", 0, 0, note);
    assertEquals(manager.getEvents(20).length, 0);
    assertEquals(timeout, 20);
  });

  it("returns an empty list when the timeout has expired", ({ bareManager: manager }) => {
    assertEquals(manager.getEvents(5).length, 0);
  });

  it("blocks until an event comes", async ({ bareManager: manager, fds }) => {
    const [one, other] = fds.socketpair();
    const wait = manager.waitReadable(one);
    poke(other);
    const events = manager.getEvents(Infinity);
    assertEquals(events.length, 1);
    assertEquals([...events], [{ fd: one, events: 1 }]);
    manager.processEvents(events);
    await wait;
  });

  it("returns a wakeup that was forced before", ({ bareManager: manager }) => {
    manager.forceWakeup();
    manager.forceWakeup();
    const events = manager.getEvents(Infinity);
    assertEquals(events.length, 1);
    manager.processEvents(events);
    assertEquals(manager.getEvents(0).length, 0);
  });

  it("returns a wakeup again until it is processed", async ({ bareManager: manager, fds }) => {
    const [one, other] = fds.socketpair();
    manager.forceWakeup();
    assertEquals(manager.getEvents(0).length, 1);
    assertEquals(manager.getEvents(Infinity).length, 1, "the later, blocking call gets it too");
    const wait = manager.waitReadable(one);
    poke(other);
    const events = manager.getEvents(Infinity);
    assertEquals(events.length, 2);
    const woken = manager.waitWakeup();
    manager.processEvents(events);
    await Promise.all([wait, woken]);
    assertEquals(manager.getEvents(0).length, 0);
  });

  it("returns all events even if they don't fit into one list", async ({ bareManager: manager, fds }) => {
    const waits: Promise<void>[] = [];
    for (let index = 0; index < 1500; index++) {
      const [from, to] = fds.pipe();
      waits.push(manager.waitReadable(from));
      poke(to);
    }
    let total = 0;
    for (let events; (events = manager.getEvents(0)).length > 0;) {
      total += events.length;
      manager.processEvents(events);
    }
    assertEquals(total, 1500);
    await Promise.all(waits);
  });

  it("throws for an invalid timeout", ({ bareManager: manager }) => {
    for (const timeout of [-1, NaN]) {
      assertThrows(() => manager.getEvents(timeout), RangeError);
    }
    assertThrows(() => manager.getEvents("5" as unknown as number), TypeError, "'5'");
  });

  it("throws ClosedResourceError after the close", async () => {
    const manager = new EpollIOManager({ driver });
    const events = manager.getEvents(0);
    await manager.close();
    assertThrows(() => manager.getEvents(0), ClosedResourceError);
    assertThrows(() => manager.processEvents(events), ClosedResourceError);
  });

  it("isn't interrupted by the doorbell of another manager in the isolate", async ({ bareManager: manager, fds }) => {
    await using other = new EpollIOManager({ busyPoll: 0 });
    const timer = fds.own(timerfd({ initial: 200 }));
    const wait = other.waitReadable(timer);
    await asleep(other);
    const started = performance.now();
    for (let round = 0; round < 2; round++) assertEquals(manager.getEvents(150).length, 0);
    assertLessOrEqual(300, performance.now() - started);
    await wait;
  });

  it("isn't interrupted by the close of another manager", async ({ bareManager: manager, fds }) => {
    for (let round = 0; round < 3; round++) {
      const other = new EpollIOManager({ busyPoll: 0 });
      const [from] = fds.pipe();
      const wait = other.waitReadable(from).catch((error) => error.name);
      await asleep(other);
      await other.close();
      assertEquals(await wait, "ClosedResourceError");
      const started = performance.now();
      assertEquals(manager.getEvents(100).length, 0);
      assertLessOrEqual(100, performance.now() - started);
    }
  });

  it("is interrupted by a signal, even after another manager's doorbell has rung", async () => {
    assertEquals((await run("interrupted")).output, "0 in time\n");
  });

  if (runtime === "node") {
    it("is interrupted by SIGCHLD, since Node handles the ends of children", async ({ bareManager: manager }) => {
      // One of them ends while this thread is blocked, however late that is.
      const seconds = [0.2, 0.5, 1, 2, 4, 8];
      const children = seconds.map((time) => spawn("sleep", [`${time}`]));
      await Promise.all(children.map((child) => once(child, "spawn")));
      const started = performance.now();
      assertEquals(manager.getEvents(120_000).length, 0);
      assertLess(performance.now() - started, 120_000);
      for (const child of children) child.kill();
    });
  }

  it("returns unprocessed events again", async ({ bareManager: manager, fds }) => {
    const [one, other] = fds.socketpair();
    const wait = manager.waitReadable(one);
    poke(other);
    for (let round = 0; round < 3; round++) assertEquals(manager.getEvents(100).length, 1);
    manager.processEvents(manager.getEvents(100));
    await wait;
  });

  it("returns lists that are processed only once", async ({ bareManager: manager }) => {
    manager.forceWakeup();
    const events = manager.getEvents(Infinity);
    manager.processEvents(events);
    manager.processEvents(events);
    assertEquals(manager.statistics().wakeups, 1);
    await manager.waitWakeup();
    const woken = manager.waitWakeup({ signal: AbortSignal.abort("stop") }).catch((reason) =>
      reason
    );
    assertEquals(await woken, "stop");
  });

  it("returns the only lists that processEvents() accepts", ({ bareManager: manager }) => {
    assertThrows(() => manager.processEvents([] as unknown as EventList), TypeError);
  });
}, drivers.filter((driver) => driver === "manual"));

describeForDrivers("a driver other than manual", (it) => {
  it("throws a TypeError from getEvents() and processEvents()", ({ manager }) => {
    assertThrows(() => manager.getEvents(0), TypeError, "manual");
    assertThrows(() => manager.processEvents([] as unknown as EventList), TypeError, "manual");
  });
}, selfRunning);

describe("EpollIOManagerOptions", () => {
  it("are checked", () => {
    type Options = ConstructorParameters<typeof EpollIOManager>[0];
    const make = (options: unknown) => () => void new EpollIOManager(options as Options);
    assertThrows(make({ driver: "poll" }), TypeError, "'poll'");
    assertThrows(make({ driver: null }), TypeError, "null");
    assertThrows(make({ busyPoll: "1" }), TypeError, "'1'");
    assertThrows(make({ busyPoll: -1 }), RangeError, "-1");
    assertThrows(make({ busyPoll: NaN }), RangeError, "NaN");
  });

  it("have working defaults", async () => {
    await using manager = new EpollIOManager();
    assert(manager.statistics().driver !== "manual");
  });
});
