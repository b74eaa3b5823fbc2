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

/** The number of wakeups from each Worker. */
const count = scaled(25_000);

describeForDrivers("wake() in Workers", (it) => {
  it(`loses none of ${4 * count} wakeups from four at once`, async ({ manager }) => {
    using counted = new Wakeup();
    const workers = Array.from({ length: 4 }, () => startWorker("wake"));
    const ready = workers.flatMap((worker) => {
      // Half of them wake the manager, and half a Wakeup that counts.
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
    assertEquals(total, 2 * count, "all are counted");
    assertGreater(seen, 0);
    // Wakeups of the manager may merge, but the last one is never lost.
    await manager.waitWakeup();
    await finished;
    assertEquals(done, true);
    assertLessOrEqual(manager.statistics().wakeups, 2 * count);
    for (const worker of workers) worker.terminate();
  });

  it("resolves a pending waitWakeup()", async ({ manager }) => {
    using worker = startWorker("wake");
    worker.postMessage({ handle: manager.wakeupHandle(), count: 1 });
    assertEquals(await worker.next(), "ready");
    const woken = manager.waitWakeup();
    worker.postMessage("begin");
    await woken;
    assertEquals(await worker.next(), "done");
  });

  it("still works after a Worker was terminated during a wakeup", async ({ manager }) => {
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

describe("openWakeup() of a handle from a terminated Worker", () => {
  it("wakes nothing, and leaves the next file of that number alone", async () => {
    using fds = new Fds();
    using worker = startWorker("wait_forever");
    using wakeup = new Wakeup();
    const options = { driver: "manual" };
    const [endless] = fds.pipe();
    const [reader, writer] = fds.pipe();
    // They occupy the low numbers, so that no other file gets the number of the handle once it is
    // free.
    const low = Array.from({ length: 100 }, () => fds.own(dup(endless)));
    worker.postMessage({ fd: endless, options, handle: wakeup.handle() });
    const handle = await worker.next() as WakeupHandle;
    using before = openWakeup(handle);
    for (const fd of low) fds.close(fd);
    worker.terminate();
    await until(() => !isOpen(handle.fd), () => new Error("The eventfd has stayed open"));
    dupTo(writer, fds.own(handle.fd));
    using after = openWakeup(handle);
    before.wake();
    after.wake();
    assertEquals(read(reader, new Uint8Array(8)), undefined);
    fds.close(handle.fd);
    fds.close(writer);
    assertEquals(read(reader, new Uint8Array(8)), 0, "no duplicate is left");
  });
});

describeForDrivers("wake() of a remote", (it) => {
  it("wakes a Worker that is blocked in getEvents(Infinity)", async () => {
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
    // It may read the word before or after this last wakeup.
    const last = await worker.next();
    assertEquals(last === 1 ? await worker.next() : last, "closed");
  });
}, ["manual"]);
