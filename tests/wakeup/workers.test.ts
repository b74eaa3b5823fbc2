/** Wakeups from other threads. */

import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { openWakeup, Wakeup, type WakeupHandle } from "../../mod.ts";
import { dup, read } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { Fds } from "../support/fds.ts";
import { dupTo, isOpen } from "../support/libc.ts";
import { scaled } from "../support/scale.ts";
import { until } from "../support/event_loop.ts";
import { startWorker } from "../support/workers.ts";

/** How many each Worker sends. */
const count = scaled(25_000);

describeForDrivers("wakeups from Workers", (it) => {
  it(`are none of them lost: ${4 * count} from four at once`, async ({ manager }) => {
    using counted = new Wakeup();
    const workers = Array.from({ length: 4 }, () => startWorker("wake"));
    const ready = workers.flatMap((worker) => {
      // Half of them wake the manager itself, half a wakeup that counts.
      const handle = workers.indexOf(worker) % 2 === 0 ? manager.wakeupHandle() : counted.handle();
      worker.postMessage({ handle, count });
      return worker.next();
    });
    assertEquals(await Promise.all(ready), ["ready", "ready", "ready", "ready"]);

    let done = false;
    const finished = Promise.all(workers.map((worker) => worker.next())).then(() => done = true);
    for (const worker of workers) worker.postMessage("begin");
    let total = 0;
    let seen = 0;
    while (total < 2 * count) {
      await manager.waitReadable(counted);
      total += counted.drain();
      seen++;
    }
    assertEquals(total, 2 * count, "each of them was counted");
    assertGreater(seen, 0);
    // However many of the manager's merged, the loop sees the last one.
    await manager.waitWakeup();
    await finished;
    assertEquals(done, true);
    assertLessOrEqual(manager.statistics().wakeups, 2 * count);
    for (const worker of workers) worker.terminate();
  });

  it("are each seen by who waits for the next one", async ({ manager }) => {
    using worker = startWorker("wake");
    worker.postMessage({ handle: manager.wakeupHandle(), count: 1 });
    assertEquals(await worker.next(), "ready");
    const woken = manager.waitWakeup();
    worker.postMessage("begin");
    await woken;
    assertEquals(await worker.next(), "done");
  });

  it("go on after a Worker was terminated while it woke", async ({ manager }) => {
    for (let round = 0; round < 5; round++) {
      using worker = startWorker("wake_forever");
      worker.postMessage(manager.wakeupHandle());
      assertEquals(await worker.next(), "waking");
      await manager.waitWakeup();
      worker.terminate();
      const woken = manager.waitWakeup();
      manager.forceWakeup();
      await woken;
    }
  });
});

describe("a handle of a Worker that was terminated", () => {
  it("wakes nobody, and leaves alone what has its number now", async () => {
    using fds = new Fds();
    using worker = startWorker("wait_forever");
    using wakeup = new Wakeup();
    const options = { driver: "manual" };
    const [endless] = fds.pipe();
    const [from, to] = fds.pipe();
    // They take up the low numbers, so that nobody else is given that of the handle once it is free.
    const low = Array.from({ length: 100 }, () => fds.own(dup(endless)));
    worker.postMessage({ fd: endless, options, handle: wakeup.handle() });
    const handle = await worker.next() as WakeupHandle;
    using before = openWakeup(handle);
    for (const fd of low) fds.close(fd);
    worker.terminate();
    await until(() => !isOpen(handle.fd), () => new Error("It has stayed open"));
    dupTo(to, fds.own(handle.fd));
    using after = openWakeup(handle);
    before.wake();
    after.wake();
    assertEquals(read(from, new Uint8Array(8)), undefined);
    fds.close(handle.fd);
    fds.close(to);
    assertEquals(read(from, new Uint8Array(8)), 0, "and has no duplicate of it");
  });
});

describeForDrivers("a Worker blocked in getEvents(Infinity)", (it) => {
  it("is moved by a remote wakeup, and can be told to stop", async () => {
    using worker = startWorker("blocked");
    const stop = new Int32Array(new SharedArrayBuffer(4));
    worker.postMessage(stop.buffer);
    using remote = openWakeup(await worker.next() as WakeupHandle);
    for (let round = 0; round < 10; round++) {
      remote.wake();
      assertEquals(await worker.next(), 1);
    }
    Atomics.store(stop, 0, 1);
    remote.wake();
    // It may look at the word before or after this last wakeup.
    const last = await worker.next();
    assertEquals(last === 1 ? await worker.next() : last, "closed");
  });
}, ["manual"]);
