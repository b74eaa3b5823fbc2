/** Wakes the handle in the message until the Worker is terminated. */

import { openWakeup, type WakeupHandle } from "../../../mod.ts";
import { scope } from "../../support/worker_scope.ts";

scope.onmessage = ({ data }) => {
  const remote = openWakeup(data as WakeupHandle);
  scope.postMessage("waking");
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) remote.wake();
};
