/** Which driver a manager gets. */

import { SystemError, UnsupportedPlatformError } from "../ffi/errors.ts";
import { AutoDoorbell } from "./auto.ts";
import { BurstDriver } from "./burst.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import type { Driver, Pollable } from "./driver.ts";
import { ManualDriver } from "./manual.ts";
import { threadDoorbell } from "./thread.ts";
import { UringDoorbell } from "./uring.ts";

/** The drivers that a program may ask for. */
export type DriverName = "auto" | "uring" | "thread" | "manual";

/** Makes the driver `name` for `manager`; `busyPoll` is in µs. */
export function createDriver(name: DriverName, manager: Pollable, busyPoll: number): Driver {
  if (name === "manual") return new ManualDriver(manager);
  return new BurstDriver(manager, busyPoll / 1000, makeDoorbell[name]);
}

const makeDoorbell = {
  auto: (fd: number, listener: DoorbellListener): Doorbell => new AutoDoorbell(fd, listener),
  uring: uringDoorbell,
  thread: threadDoorbell,
};

/** Errors that say nothing about io_uring. */
const shortages = ["EMFILE", "ENFILE", "ENOMEM"];

function uringDoorbell(fd: number, listener: DoorbellListener): Doorbell {
  try {
    return new UringDoorbell(fd, listener);
  } catch (error) {
    if (!(error instanceof SystemError) || shortages.includes(error.code)) throw error;
    throw new UnsupportedPlatformError(
      `The driver "uring" doesn't work here: ${error.message}. Use the driver "auto"`,
      { cause: error },
    );
  }
}
