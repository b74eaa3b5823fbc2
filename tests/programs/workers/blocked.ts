/**
 * Blocks in `getEvents(Infinity)` on its own manager, after it has posted a handle that wakes it.
 * Posts the number of events and blocks again, until the shared word is 1.
 */

import { EpollIOManager } from "../../../mod.ts";
import { scope } from "../../support/worker_scope.ts";

scope.onmessage = async ({ data }) => {
  const stop = new Int32Array(data as SharedArrayBuffer);
  const manager = new EpollIOManager({ driver: "manual" });
  scope.postMessage(manager.wakeupHandle());
  while (Atomics.load(stop, 0) === 0) {
    const events = manager.getEvents(Infinity);
    const { length } = events;
    manager.processEvents(events);
    // The kernel may deliver the signal to this thread, which ends the call without an event.
    if (length > 0) scope.postMessage(length);
  }
  await manager.close();
  scope.postMessage("closed");
};
