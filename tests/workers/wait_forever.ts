/**
 * Waits for the descriptor it gets by a manager of its own, or by an exclusive waiter, having said
 * "waiting".
 */

import { EpollIOManager, type EpollIOManagerOptions, ExclusiveWaiter } from "../../mod.ts";
import { scope } from "../support/worker_scope.ts";

export interface Waiting {
  readonly fd: number;
  readonly options?: EpollIOManagerOptions;
  readonly exclusive?: boolean;
}

scope.onmessage = ({ data }) => {
  const { fd, options, exclusive } = data as Waiting;
  if (exclusive) void new ExclusiveWaiter(fd).wait();
  else void new EpollIOManager(options).waitReadable(fd);
  scope.postMessage("waiting");
};
