/**
 * Blocks in `getEvents(Infinity)` on a manager of its own, having posted a handle to wake it by, and
 * posts the number of events it got, again and again until it is told "stop" through the word.
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
    scope.postMessage(length);
  }
  await manager.close();
  scope.postMessage("closed");
};
