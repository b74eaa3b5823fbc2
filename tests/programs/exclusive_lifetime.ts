/** Waits exclusively in one of several ways. */

import process from "node:process";
import { setTimeout } from "node:timers";
import { ExclusiveWaiter, Wakeup } from "../../mod.ts";

const [way = ""] = process.argv.slice(2);
const wakeup = new Wakeup();
const waiter = new ExclusiveWaiter(wakeup);

/** Calls `action` later without keeping the process alive for it. */
function later(action: () => void): void {
  setTimeout(action, 200).unref();
}

const ways: Record<string, () => Promise<void>> = {
  unused() {
    console.log("unused");
    return Promise.resolve();
  },
  async pending() {
    // Nothing but the wait keeps the process alive until this happens.
    later(() => wakeup.wake());
    await waiter.wait();
    console.log("resolved");
  },
  async aborted() {
    const controller = new AbortController();
    later(() => controller.abort("stopped"));
    await waiter.wait(controller).catch((reason) => console.log(reason));
  },
  async closed() {
    later(() => void waiter.close());
    await waiter.wait().catch((error) => console.log(error.name));
  },
  async iterated() {
    later(() => wakeup.wake());
    for await (const _ of waiter) {
      console.log("turn");
      break;
    }
  },
  async exit() {
    setTimeout(() => process.exit(3), 100);
    await waiter.wait();
  },
};

void ways[way]!();
