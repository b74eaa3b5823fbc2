/** Managers that a program lets go of without closing them. */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { EpollIOManager, Wakeup } from "../../mod.ts";
import { timerfd } from "../../src/os/mod.ts";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { countFds, drain, Fds, poke } from "../support/fds.ts";
import { collectGarbage } from "../support/garbage.ts";
import { sleep } from "../support/event_loop.ts";

/** Collects garbage until `holds` does; each time what finalizers begin gets time to end. */
async function collectUntil(holds: () => boolean, complaint: () => string): Promise<void> {
  for (let round = 0; !holds(); round++) {
    if (round === 500) throw new Error(complaint());
    collectGarbage();
    await sleep(2);
  }
}

describeForDrivers("a manager that is dropped", (it, driver) => {
  const count = 20;

  it("gives back its descriptors", async () => {
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
    // The last one may still lie on the stack.
    await collectUntil(() => countFds() <= before + 6, () => `${countFds() - before} are left`);
  });

  it("but is closed already, doesn't matter", async ({ fds }) => {
    const before = countFds();
    for (let n = 0; n < count; n++) await new EpollIOManager({ driver }).close();
    // What a test before has left may go now.
    assertLessOrEqual(countFds(), before);
    const taken = Array.from({ length: count }, () => fds.pipe());
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await sleep(1);
    }
    for (const [from, to] of taken) {
      poke(to);
      assertEquals(drain(from), 1);
    }
  });
});

describeForDrivers("a manager that is dropped with waits pending", (it, driver) => {
  it("is there until they have ended", async ({ fds }) => {
    const ends = Array.from({ length: 5 }, () => fds.pipe());
    const before = countFds();
    const waits = ends.map(([from]) => new EpollIOManager({ driver }).waitReadable(from));
    const held = countFds() - before;
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await sleep(2);
    }
    assertEquals(countFds() - before >= held, true);
    for (const [, to] of ends) poke(to);
    await Promise.all(waits);
    await collectUntil(() => countFds() === before, () => `${countFds() - before} are left`);
  });
}, selfRunning);

describeForDrivers("a manager that is dropped together with a paused watch", (it, driver) => {
  it("is closed", async ({ fds }) => {
    const [from] = fds.pipe();
    const before = countFds();
    const begin = () => new EpollIOManager({ driver }).watch(from, {}, () => {});
    for (let count = 0; count < 5; count++) begin();
    await collectUntil(() => countFds() <= before, () => `${countFds() - before} are left`);
  });

  it("is there while the watch is", async ({ fds }) => {
    const [from, to] = fds.pipe();
    const called = Promise.withResolvers<void>();
    const watch = new EpollIOManager({ driver }).watch(from, {}, () => {
      watch.close();
      called.resolve();
    });
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await sleep(2);
    }
    poke(to);
    watch.interest({ readable: true });
    await called.promise;
  });
}, selfRunning);

describeForDrivers("an object that a wait was given", (it) => {
  it("is kept while the wait is pending", async ({ manager }) => {
    let finalized = false;
    const registry = new FinalizationRegistry(() => finalized = true);
    using wakeup = new Wakeup();
    const begin = () => {
      const target = { fd: wakeup.fd };
      registry.register(target, undefined);
      return manager.waitReadable(target);
    };
    const wait = begin();
    for (let round = 0; round < 10; round++) {
      collectGarbage();
      await sleep(1);
    }
    assertEquals(finalized, false);
    wakeup.wake();
    await wait;
    await collectUntil(() => finalized, () => "It is kept for ever");
  });
});
