/** Managers that run, whatever their driver. */

import { setImmediate } from "node:timers";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";

/**
 * A manager that somebody runs: a `"manual"` one is polled in each turn of the event loop, as a
 * program that embeds it in a loop of its own would, until it is closed.
 */
export function openManager(
  driver: EpollIOManagerOptions["driver"],
  options: Omit<EpollIOManagerOptions, "driver"> = {},
): EpollIOManager {
  const manager = new EpollIOManager({ ...options, driver });
  if (driver === "manual") setImmediate(pump, manager);
  return manager;
}

function pump(manager: EpollIOManager): void {
  try {
    manager.processEvents(manager.getEvents(0));
  } catch (error) {
    if (error instanceof Error && error.name === "ClosedResourceError") return;
    throw error;
  }
  setImmediate(pump, manager);
}
