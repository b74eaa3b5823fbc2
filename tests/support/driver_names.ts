/** The drivers of the test suite: all but the one that chooses another. */

import { type DriverName, driverNames } from "../../src/driver/driver.ts";

export type Driver = Exclude<DriverName, "auto">;

export const testedDrivers: readonly Driver[] = driverNames.filter((name) => name !== "auto");
