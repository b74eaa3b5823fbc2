/** The demo's Worker: wakes the thread that sent it a handle, and ends. */

import { isMainThread, parentPort } from "node:worker_threads";
import { openWakeup, type WakeupHandle } from "@fdready/fdready";
import { readCommandLine } from "./support/command_line.ts";

if (isMainThread) {
  readCommandLine("examples/demo.ts runs this as a Worker. By itself it does nothing.", {});
}

parentPort?.once("message", (handle: WakeupHandle) => {
  using remote = openWakeup(handle);
  remote.wake();
});
