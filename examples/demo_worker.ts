/** The demo's Worker: wakes the thread that sent it a handle, and ends. */

import { parentPort } from "node:worker_threads";
import { openWakeup, type WakeupHandle } from "@fdready/fdready";

parentPort?.once("message", (handle: WakeupHandle) => {
  using remote = openWakeup(handle);
  remote.wake();
});
