/** Waits on a manager with a driver of choice, in one of several ways. */

import process from "node:process";
import { setTimeout } from "node:timers";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { close, pipe, timerfd, write } from "../../src/os/mod.ts";

const [way = "", driver] = process.argv.slice(2);
const manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
const [from, to] = pipe();

/** Calls `action` later without keeping the process alive for it. */
function later(action: () => void): void {
  setTimeout(action, 200).unref();
}

const ways: Record<string, () => Promise<void>> = {
  async resolved() {
    await manager.waitReadable(timerfd({ initial: 20 }));
    console.log("resolved");
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
