/** Which driver a manager gets. */

import { BurstDriver } from "./burst.ts";
import type { Driver, Pollable } from "./driver.ts";
import { ManualDriver } from "./manual.ts";
import { threadDoorbell } from "./thread.ts";

/** The drivers that a program may ask for. */
export type DriverName = "auto" | "uring" | "thread" | "manual";

/** Makes the driver `name` for `manager`; `busyPoll` is in µs. */
export function createDriver(name: DriverName, manager: Pollable, busyPoll: number): Driver {
  switch (name) {
    case "manual":
      return new ManualDriver();
    default:
      return new BurstDriver(manager, busyPoll / 1000, threadDoorbell);
  }
}
