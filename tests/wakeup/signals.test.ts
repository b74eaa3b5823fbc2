/** Signals that wake managers and wakeups. */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { AsyncLocalStorage } from "node:async_hooks";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import {
  openWakeup,
  type SignalTarget,
  waitReadable,
  wakeOnSignal,
  Wakeup,
  type WakeupHandle,
} from "../../mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { runtime } from "../support/programs.ts";
import { runtimes } from "../../src/runtime/runtime.ts";
import { assertPending } from "../support/waits.ts";
import { startWorker } from "../support/workers.ts";

/** Sends this process a signal from another one. */
function killSelf(signal: string): void {
  execFileSync("sh", ["-c", `kill -s ${signal.slice(3)} ${process.pid}`]);
}

describeForDrivers("wakeOnSignal()", (it) => {
  it("wakes a manager when another process sends the signal", async ({ manager }) => {
    using _listener = wakeOnSignal("SIGUSR1", manager);
    const woken = manager.waitWakeup();
    await assertPending(manager, woken);
    killSelf("SIGUSR1");
    await woken;
  });

  it("makes a wakeup readable", async ({ manager }) => {
    using wakeup = new Wakeup();
    using _listener = wakeOnSignal("SIGUSR2", wakeup);
    const wait = manager.waitReadable(wakeup);
    killSelf("SIGUSR2");
    await wait;
    assertEquals(wakeup.drain(), 1);
  });
});

describeForDrivers("wakeOnSignal() with a remote", (it) => {
  it("wakes a Worker that is blocked in getEvents(Infinity)", async () => {
    using worker = startWorker("blocked");
    const stop = new Int32Array(new SharedArrayBuffer(4));
    worker.postMessage(stop.buffer);
    using remote = openWakeup(await worker.next() as WakeupHandle);
    using _listener = wakeOnSignal("SIGUSR1", remote);
    for (let round = 0; round < 3; round++) {
      killSelf("SIGUSR1");
      assertEquals(await worker.next(), 1);
    }
    Atomics.store(stop, 0, 1);
    const received = once(process, "SIGUSR1");
    killSelf("SIGUSR1");
    // Without a listener by then, the signal would end the process.
    await received;
    // It may read the word before or after this last wakeup.
    const last = await worker.next();
    assertEquals(last === 1 ? await worker.next() : last, "closed");
  });
}, ["manual"]);

describe("wakeOnSignal() in a Worker", () => {
  it("wakes a manager, or throws where Workers get no signals", async () => {
    // Without a listener the signal would end the process.
    using wakeup = new Wakeup();
    using _listener = wakeOnSignal("SIGUSR2", wakeup);
    using worker = startWorker("on_signal");
    if (!runtimes[runtime].hasSignalsInWorkers) {
      return assertEquals(await worker.next(), "UnsupportedPlatformError");
    }
    assertEquals(await worker.next(), "listening");
    killSelf("SIGUSR2");
    assertEquals(await worker.next(), "woken");
  });
});

describe("wakeOnSignal()", () => {
  it("stops listening when its result is disposed", () => {
    using wakeup = new Wakeup();
    const before = process.listenerCount("SIGUSR2");
    const listener = wakeOnSignal("SIGUSR2", wakeup);
    assertEquals(process.listenerCount("SIGUSR2"), before + 1);
    listener[Symbol.dispose]();
    listener[Symbol.dispose]();
    assertEquals(process.listenerCount("SIGUSR2"), before);
  });

  it("calls wake() in the async context that called wakeOnSignal()", async () => {
    const storage = new AsyncLocalStorage<string>();
    using wakeup = new Wakeup();
    const stores: (string | undefined)[] = [];
    const target = {
      wake() {
        stores.push(storage.getStore());
        wakeup.wake();
      },
    };
    using _listener = storage.run("own", () => wakeOnSignal("SIGUSR2", target));
    const woken = waitReadable(wakeup);
    storage.run("another", () => killSelf("SIGUSR2"));
    await woken;
    assertEquals(stores, ["own"]);
  });

  it("throws for signals that can't be caught, and for targets that can't be woken", () => {
    using wakeup = new Wakeup();
    for (const signal of ["SIGNONE", "", "USR1", "toString"]) {
      const error = assertThrows(() => wakeOnSignal(signal, wakeup), TypeError);
      assertStringIncludes(error.message, signal);
    }
    for (const signal of ["SIGKILL", "SIGSTOP"]) {
      assertThrows(() => wakeOnSignal(signal, wakeup), TypeError, signal);
    }
    for (const target of [{}, null, undefined, { wake: 1 }]) {
      assertThrows(() => wakeOnSignal("SIGUSR1", target as unknown as SignalTarget), TypeError);
    }
  });
});
