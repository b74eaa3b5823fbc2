/**
 * Waits for the descriptor it gets by a manager of its own, or by an exclusive waiter, having said
 * "waiting"; or, if it gets a handle, having opened that and answered with one of its manager.
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
