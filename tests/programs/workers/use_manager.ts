/** Waits in a Worker, with a manager whose options are the message. */

import { EpollIOManager, type EpollIOManagerOptions, waitReadable } from "../../../mod.ts";
import { close, timerfd } from "../../../src/os/mod.ts";
import { scope } from "../../support/worker_scope.ts";

scope.onmessage = async ({ data }) => {
  const manager = new EpollIOManager(data as EpollIOManagerOptions);
  for (let round = 0; round < 5; round++) {
    const fd = timerfd({ initial: 2 });
    await manager.waitReadable(fd);
    manager.notifyClosing(fd);
    close(fd);
  }
  const fd = timerfd({ initial: 2 });
  await waitReadable(fd);
  close(fd);
  await manager.close();
  scope.postMessage(manager.statistics().events);
};
