/** Runs the same tests for each driver. */

import process from "node:process";
import { setImmediate } from "node:timers";
import { describe } from "@std/testing/bdd";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { reportSkip } from "./skip.ts";
import { uringRefusal } from "./uring.ts";

export type Driver = "uring" | "thread" | "manual";

const all: readonly Driver[] = ["uring", "thread", "manual"];

/** The drivers to test; `FDREADY_TEST_DRIVER` narrows them to one. */
export const drivers: readonly Driver[] = all.filter((driver) =>
  (process.env.FDREADY_TEST_DRIVER ?? driver) === driver && works(driver)
);

function works(driver: Driver): boolean {
  if (driver !== "uring" || uringRefusal === undefined) return true;
  reportSkip('the driver "uring"', uringRefusal);
  return false;
}

/** Drivers that run by themselves. */
export const selfRunning: readonly Driver[] = drivers.filter((driver) => driver !== "manual");

/** Registers the suite `name` once for each of `which`, all of them unless told. */
export function describeForDrivers<D extends Driver | "auto" = Driver>(
  name: string,
  body: (driver: D) => void,
  which: readonly D[] = drivers as readonly D[],
): void {
  for (const driver of which) describe(`${name} [${driver}]`, () => body(driver));
}

/**
 * A manager that somebody runs: a `"manual"` one is polled in each turn of the event loop, as a
 * program that embeds it in a loop of its own would, until it is closed.
 */
export function openManager(
  driver: Driver | "auto",
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
