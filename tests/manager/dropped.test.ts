/** Managers that a program drops without closing them. */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { EpollIOManager, Wakeup } from "../../mod.ts";
import { timerfd } from "../../src/os/mod.ts";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { countFds, drain, Fds, poke } from "../support/fds.ts";
import { collected, collectGarbage } from "../support/garbage.ts";
import { turn } from "../support/event_loop.ts";

/** Collects garbage a few times, with event loop turns for finalizers. */
async function collectRepeatedly(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    collectGarbage();
    await turn();
  }
}

describeForDrivers("EpollIOManager that is unreachable", (it, driver) => {
  const count = 20;

  it("closes its descriptors", async () => {
    const before = countFds();
    for (let n = 0; n < count; n++) {
      const manager = new EpollIOManager({ driver });
      manager.notifyClosing(0);
      if (driver === "manual") continue;
      using fds = new Fds();
      const timer = fds.own(timerfd({ initial: 1 }));
      await manager.waitReadable(timer);
      manager.notifyClosing(timer);
    }
    // The last one may still be on the stack.
    await collected(() => countFds() <= before + 11);
  });

  it("closes nothing if it was already closed", async ({ fds }) => {
    const before = countFds();
    for (let n = 0; n < count; n++) await new EpollIOManager({ driver }).close();
    // The garbage of earlier tests may be collected now.
    assertLessOrEqual(countFds(), before);
    const taken = Array.from({ length: count }, () => fds.pipe());
    await collectRepeatedly();
    for (const [from, to] of taken) {
      poke(to);
      assertEquals(drain(from), 1);
    }
  });
});

describeForDrivers("EpollIOManager that is unreachable, with pending waits", (it, driver) => {
  it("stays open until they have ended", async ({ fds }) => {
    const ends = Array.from({ length: 5 }, () => fds.pipe());
    const before = countFds();
    const waits = ends.map(([from]) => new EpollIOManager({ driver }).waitReadable(from));
    await collectRepeatedly();
    for (const [, to] of ends) poke(to);
    await Promise.all(waits);
    await collected(() => countFds() <= before);
  });
}, selfRunning);

describeForDrivers("EpollIOManager that is unreachable, with a paused watch", (it, driver) => {
  it("is closed", async ({ fds }) => {
    const [from] = fds.pipe();
    const before = countFds();
    const begin = () => new EpollIOManager({ driver }).watch(from, {}, () => {});
    for (let count = 0; count < 5; count++) begin();
    await collected(() => countFds() <= before);
  });

  it("stays open while the watch is reachable", async ({ fds }) => {
    const [from, to] = fds.pipe();
    const called = Promise.withResolvers<void>();
    const watch = new EpollIOManager({ driver }).watch(from, {}, () => {
      watch.close();
      called.resolve();
    });
    await collectRepeatedly();
    poke(to);
    watch.interest({ readable: true });
    await called.promise;
  });
}, selfRunning);

describeForDrivers("the FdLike of a wait", (it) => {
  it("isn't collected while the wait is pending", async ({ manager }) => {
    let finalized = false;
    const registry = new FinalizationRegistry(() => finalized = true);
    using wakeup = new Wakeup();
    const begin = () => {
      const target = { fd: wakeup.fd };
      registry.register(target, undefined);
      return manager.waitReadable(target);
    };
    const wait = begin();
    await collectRepeatedly();
    assertEquals(finalized, false);
    wakeup.wake();
    await wait;
    await collected(() => finalized);
  });
});
