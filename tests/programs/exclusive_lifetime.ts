/** Waits exclusively in the way that the argument names. */

import process from "node:process";
import { setTimeout } from "node:timers";
import { ExclusiveWaiter, Wakeup } from "../../mod.ts";
import { allAsleep, instancesWith } from "../support/threads.ts";

const [way = ""] = process.argv.slice(2);
const wakeup = new Wakeup();
const waiter = new ExclusiveWaiter(wakeup);

/** Calls `action` later. This doesn't keep the process alive. */
function later(action: () => void): void {
  setTimeout(action, 100).unref();
}

const ways: Record<string, () => Promise<void>> = {
  unused() {
    console.log("unused");
    return Promise.resolve();
  },
  async pending() {
    // Until then, only the wait keeps the process alive.
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
    void waiter.wait();
    await allAsleep(instancesWith(wakeup.fd));
    process.exit(3);
  },
};

void ways[way]!();
