/** Waits on a manager with a driver of choice, in one of several ways. */

import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { EpollIOManager, type EpollIOManagerOptions, type SystemError } from "../../mod.ts";
import { close, pipe, read, socketpair, timerfd, write } from "../../src/os/mod.ts";

const [way = "", driver] = process.argv.slice(2);
const manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
const [from, to] = pipe();

const unheld = { ref: false };

/** Calls `action` later without keeping the process alive for it. */
function later(action: () => void): void {
  setTimeout(action, 200).unref();
}

const ways: Record<string, () => Promise<void>> = {
  async resolved() {
    await manager.waitReadable(timerfd({ initial: 20 }));
    console.log("resolved");
  },
  async timeoutToSpare() {
    const timer = timerfd({ initial: 20 });
    await manager.waitReadable(timer, { signal: AbortSignal.timeout(600_000) });
    console.log("resolved");
    await manager.waitReady(timer, { readable: true, signal: AbortSignal.timeout(600_000) });
    console.log("ready");
  },
  async rejected() {
    const wait = manager.waitReadable(from);
    later(() => manager.notifyClosing(from));
    await wait.catch((error) => console.log(error.name));
  },
  async aborted() {
    const controller = new AbortController();
    const wait = manager.waitReadable(from, controller);
    later(() => controller.abort("stopped"));
    await wait.catch((reason) => console.log(reason));
  },
  async pending() {
    // Nothing but the wait keeps the process alive until this happens.
    later(() => write(to, new Uint8Array(1)));
    await manager.waitReadable(from);
    console.log("resolved");
  },
  async wakeup() {
    later(() => manager.forceWakeup());
    await manager.waitWakeup();
    console.log("woken");
  },
  async alternating() {
    for (let round = 0; round < 5; round++) {
      await manager.waitReadable(timerfd({ initial: 2 }));
      const signal = AbortSignal.timeout(2);
      await manager.waitReadable(from, { signal }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    console.log("alternated");
  },
  async closed() {
    const wait = manager.waitReadable(from);
    later(() => void manager.close());
    await wait.catch((error) => console.log(error.name));
  },
  async unheld() {
    await manager.waitReadable(from, unheld);
  },
  async unheldWhileSleeping() {
    void manager.waitReadable(from, unheld);
    await sleep(50);
  },
  async unheldBesideHeld() {
    void manager.waitReadable(from, unheld);
    await sleep(50);
    await manager.waitReadable(timerfd({ initial: 50 }));
    console.log("resolved");
  },
  async unheldAfterHeld() {
    const controller = new AbortController();
    const wait = manager.waitWakeup(controller).catch(() => {});
    void manager.waitReadable(from, unheld);
    await sleep(50);
    controller.abort();
    await wait;
  },
  async heldAfterUnheld() {
    // The turn that the driver has asked for by then is one that nothing holds.
    const controller = new AbortController();
    const { signal } = controller;
    const wait = manager.waitReadable(from, { ref: false, signal }).catch(() => {});
    for (let microtask = 0; microtask < 20; microtask++) await undefined;
    controller.abort();
    await wait;
    await manager.waitReadable(timerfd({ initial: 50 }));
    console.log("resolved");
  },
  async unheldResolves() {
    const something = setTimeout(() => {}, 10_000);
    later(() => write(to, new Uint8Array(1)));
    await manager.waitReadable(from, unheld);
    clearTimeout(something);
    console.log("resolved");
  },
  async unheldReady() {
    await manager.waitReady(from, { readable: true, timeout: 50_000, ref: false });
  },
  async unheldWakeup() {
    await manager.waitWakeup(unheld);
  },
  async unheldWatch() {
    const watch = manager.watch(from, { readable: true }, () => {
      read(from, new Uint8Array(1));
      console.log("called");
      watch.unref();
    });
    write(to, new Uint8Array(1));
    await sleep(50);
  },
  async heldWatch() {
    const called = Promise.withResolvers<void>();
    const watch = manager.watch(from, { readable: true }, () => {
      console.log("called");
      called.resolve();
      watch.close();
    });
    watch.unref();
    await sleep(50);
    watch.ref();
    later(() => write(to, new Uint8Array(1)));
    await called.promise;
  },
  async pausedWatch() {
    const watch = manager.watch(from, { readable: true }, () => watch.interest({}));
    write(to, new Uint8Array(1));
    await sleep(50);
  },
  async throwingWatch() {
    const ended = Promise.withResolvers<void>();
    process.on("uncaughtException", (error) => console.log(error.message));
    const watch = manager.watch(from, { readable: true }, () => {
      console.log(read(from, new Uint8Array(1)));
      if (calls++ === 0) throw new Error("uncaught on purpose");
      watch.close();
      ended.resolve();
    });
    let calls = 0;
    write(to, new Uint8Array(2));
    await ended.promise;
  },
  async lostWatch() {
    const told = Promise.withResolvers<Error>();
    process.on("uncaughtException", told.resolve);
    manager.watch(from, { readable: true }, () => close(from));
    write(to, new Uint8Array(1));
    console.log((await told.promise).name);
    await manager.close();
    process.exit();
  },
  async expiredWhileBusy() {
    const wait = manager.waitReady(from, { readable: true, timeout: 50 });
    setTimeout(() => {
      const until = performance.now() + 60;
      while (performance.now() < until);
      write(to, new Uint8Array(1));
    }, 20);
    console.log((await wait).readable);
  },
  async lostInterest() {
    const [number] = socketpair();
    const watch = manager.watch(number, { readable: true }, () => {});
    const priority = manager.waitPriority(number).catch((error) => console.log(error.code));
    close(number);
    pipe();
    try {
      watch.interest({ readable: true, priority: true });
    } catch (error) {
      console.log((error as Error).name);
    }
    await priority;
  },
  async lostInListener() {
    const [one, other] = socketpair();
    write(other, new Uint8Array(1));
    process.on(
      "uncaughtException",
      (error) => console.log("uncaught", (error as SystemError).code),
    );
    manager.watch(one, { readable: true }, () => {
      close(one);
      try {
        second.interest({ readable: true, writable: true });
      } catch (error) {
        console.log((error as SystemError).code);
      }
    });
    const second = manager.watch(one, { writable: true }, () => console.log("called"));
    await sleep(50);
  },
  async exit() {
    setTimeout(() => process.exit(3), 100);
    await manager.waitReadable(from);
  },
  async uncaught() {
    setTimeout(() => {
      throw new Error("uncaught on purpose");
    }, 100);
    await manager.waitReadable(from);
  },
  async terminated() {
    const wait = manager.waitReadable(from);
    setTimeout(() => console.log("waiting"), 100);
    await wait;
  },
};

// Not by a top-level await, during which Bun survives uncaught errors.
void ways[way]!().then(() => {
  close(from);
  close(to);
});
