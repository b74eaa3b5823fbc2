/**
 * A Worker wakes this thread, which blocks in `getEvents(Infinity)`. The argument is the number of
 * wakeups. The driver doesn't matter, because only "manual" can block.
 */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { EpollIOManager } from "@fdready/fdready";
import { finish, numberArgument } from "./support.ts";
import type { WakeJob } from "./wake_fdready_worker.ts";

const wakeups = numberArgument(1);
const manager = new EpollIOManager({ driver: "manual" });
const done = new Int32Array(new SharedArrayBuffer(4));
const perCall = new Float64Array(new SharedArrayBuffer(8));

const worker = new Worker(new URL("./wake_fdready_worker.ts", import.meta.url));
await once(worker, "message");
const start = performance.now();
worker.postMessage({ handle: manager.wakeupHandle(), wakeups, done, perCall } satisfies WakeJob);

let returns = 0;
for (; Atomics.load(done, 0) === 0; returns++) {
  manager.processEvents(manager.getEvents(Infinity));
}
const perWakeup = (performance.now() - start) * 1e6 / wakeups;
finish({ perCall: perCall[0], perWakeup, returns });
