/** The Worker of wake_fdready.ts: wakes, and posts the time of a call, in ns. */

import { parentPort } from "node:worker_threads";
import { openWakeup, type WakeupHandle } from "@fdready/fdready";

export interface WakeJob {
  readonly handle: WakeupHandle;
  readonly wakeups: number;
  readonly done: Int32Array;
  readonly perCall: Float64Array;
}

function produce({ handle, wakeups, done, perCall }: WakeJob): void {
  using remote = openWakeup(handle);
  const start = performance.now();
  for (let i = 0; i < wakeups; i++) remote.wake();
  perCall[0] = (performance.now() - start) * 1e6 / wakeups;
  Atomics.store(done, 0, 1);
  remote.wake();
}

parentPort?.on("message", produce);
parentPort?.postMessage("ready");
