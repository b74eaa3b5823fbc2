/** Posts the outcome of wakeOnSignal for SIGUSR2, and "woken" when a signal has come. */

import { EpollIOManager, wakeOnSignal } from "../../../mod.ts";
import { scope } from "../../support/worker_scope.ts";

const manager = new EpollIOManager();
try {
  wakeOnSignal("SIGUSR2", manager);
  scope.postMessage("listening");
  await manager.waitWakeup();
  scope.postMessage("woken");
} catch (error) {
  scope.postMessage((error as Error).name);
}
