/** Runs the same tests with each driver. */

import process from "node:process";
import { describe } from "@std/testing/bdd";
import { type Driver, testedDrivers } from "./driver_names.ts";
import { type FixtureIt, fixtureIt } from "./fixture.ts";
import { runtime } from "./programs.ts";
import { reportSkip } from "./skip.ts";
import { uringRefusal } from "./uring.ts";

export type { Driver };

/** The drivers to test. `FDREADY_TEST_DRIVER` selects one. */
export const drivers: readonly Driver[] = testedDrivers.filter((driver) =>
  (process.env.FDREADY_TEST_DRIVER ?? driver) === driver && works(driver)
);

function works(driver: Driver): boolean {
  if (driver === "uv") return runtime === "node";
  if (driver !== "uring" || uringRefusal === undefined) return true;
  reportSkip('the driver "uring"', uringRefusal);
  return false;
}

/** The drivers that run without `getEvents` and `processEvents`. */
export const selfRunning: readonly Driver[] = drivers.filter((driver) => driver !== "manual");

/** Those of them that work in Workers. */
export const workerDrivers: readonly Driver[] = selfRunning.filter((driver) => driver !== "uv");

/**
 * Registers the suite `name` once for each driver in `which`. The default is all drivers. `body`
 * gets an `it` whose tests get a {@linkcode FixtureIt fixture}.
 */
export function describeForDrivers<D extends Driver | "auto" = Driver>(
  name: string,
  body: (it: FixtureIt, driver: D) => void,
  which: readonly D[] = drivers as readonly D[],
): void {
  for (const driver of which) {
    describe(`${name} [${driver}]`, () => body(fixtureIt(driver), driver));
  }
}
