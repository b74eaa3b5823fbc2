/** Posts "ready", and after the next message wakes the handle `count` times. */

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
