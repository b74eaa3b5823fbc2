/** Wakes the handle it gets `count` times, having said "ready" and been told to begin. */

import { openWakeup, type WakeupHandle } from "../../../mod.ts";
import { scope } from "../../support/worker_scope.ts";

scope.onmessage = ({ data }) => {
  const { handle, count } = data as { handle: WakeupHandle; count: number };
  const remote = openWakeup(handle);
  scope.onmessage = () => {
    for (let index = 0; index < count; index++) remote.wake();
    remote.close();
    scope.postMessage("done");
  };
  scope.postMessage("ready");
};
