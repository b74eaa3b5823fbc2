/** Waits for the descriptor it gets by a manager of its own, having said "waiting". */

import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { scope } from "../support/worker_scope.ts";

scope.onmessage = ({ data }) => {
  const { fd, options } = data as { fd: number; options: EpollIOManagerOptions };
  void new EpollIOManager(options).waitReadable(fd);
  scope.postMessage("waiting");
};
