/**
 * Waits for the descriptor in the message, with its own manager or an exclusive waiter. Posts
 * "waiting". If the message has a handle, opens it, and posts a handle of its manager instead.
 */

import {
  EpollIOManager,
  type EpollIOManagerOptions,
  ExclusiveWaiter,
  openWakeup,
  type WakeupHandle,
} from "../../../mod.ts";
import { scope } from "../../support/worker_scope.ts";

export interface Waiting {
  readonly fd: number;
  readonly options?: EpollIOManagerOptions;
  readonly exclusive?: boolean;
  readonly handle?: WakeupHandle;
}

scope.onmessage = ({ data }) => {
  const { fd, options, exclusive, handle } = data as Waiting;
  if (exclusive) {
    void new ExclusiveWaiter(fd).wait();
    return scope.postMessage("waiting");
  }
  const manager = new EpollIOManager(options);
  void manager.waitReadable(fd);
  if (handle) openWakeup(handle);
  scope.postMessage(handle ? manager.wakeupHandle() : "waiting");
};
