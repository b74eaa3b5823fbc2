/** Managers that run, whatever their driver is. */

import { setImmediate } from "node:timers";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";

/**
 * Opens a manager that runs. A `"manual"` one is polled in each event loop turn until it is closed,
 * as by a program that embeds it in its own loop.
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
