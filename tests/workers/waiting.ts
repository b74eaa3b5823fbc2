/** Waits by a manager with the driver it is told, for something that never comes. */

import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { socketpair } from "../../src/os/mod.ts";
import { scope } from "../support/worker_scope.ts";

scope.onmessage = ({ data }) => {
  const manager = new EpollIOManager(data as EpollIOManagerOptions);
  const [fd] = socketpair();
  void manager.waitReadable(fd);
  scope.postMessage("waiting");
};
