/** Chooses the driver of a manager, and its doorbells. */

import { SystemError } from "../ffi/errors.ts";
import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { currentRuntime, runtimes } from "../runtime/runtime.ts";
import { isWorkerThread } from "../sys/thread.ts";
import type { Doorbell, DoorbellKind, DoorbellListener, DoorbellName } from "./doorbell.ts";
import type { Driver, DriverClient, DriverKind } from "./driver.ts";
import { EventLoopDriver } from "./event_loop.ts";
import { ManualDriver } from "./manual.ts";
import { runtimeParts } from "./runtime_parts.ts";
import { createThreadDoorbell } from "./thread.ts";
import { UringDoorbell } from "./uring.ts";

/** The drivers that a program can choose. */
export type DriverName = "auto" | DriverKind;

/** Makes the driver `name` for `client`; `busyPoll` is in µs. */
export function createDriver(name: DriverName, client: DriverClient, busyPoll: number): Driver {
  if (name === "manual") return new ManualDriver(client);
  const doorbells = name === "auto" ? preferredKinds() : [{ name, create: createOnly[name] }];
  return new EventLoopDriver(client, { busyPoll: busyPoll / 1000, doorbells });
}

const create: Record<DoorbellName, DoorbellKind["create"]> = {
  uv: createUvDoorbell,
  uring: (fd, listener) => new UringDoorbell(fd, listener),
  thread: createThreadDoorbell,
};

/** Ways to make a doorbell that nothing can replace. */
const createOnly: Record<DoorbellName, DoorbellKind["create"]> = {
  ...create,
  uring: createUringDoorbell,
};

function preferredKinds(): DoorbellKind[] {
  const { preferred } = runtimeParts[currentRuntime()];
  const names = preferred[isWorkerThread() ? "worker" : "main"];
  return names.map((name) => ({ name, create: create[name] }));
}

function createUvDoorbell(fd: number, listener: DoorbellListener): Doorbell {
  const runtime = currentRuntime();
  const { createUvDoorbell } = runtimeParts[runtime];
  if (createUvDoorbell !== undefined) return createUvDoorbell(fd, listener);
  throw new UnsupportedPlatformError(
    `The driver "uv" requires libuv, and ${
      runtimes[runtime].title
    } has none. Use the driver "auto"`,
  );
}

/** Errors that don't show whether io_uring works. */
const shortages = ["EMFILE", "ENFILE", "ENOMEM"];

function createUringDoorbell(fd: number, listener: DoorbellListener): Doorbell {
  try {
    return create.uring(fd, listener);
  } catch (error) {
    if (!(error instanceof SystemError) || shortages.includes(error.code)) throw error;
    throw new UnsupportedPlatformError(
      `The driver "uring" doesn't work here: ${error.message}. Use the driver "auto"`,
      { cause: error },
    );
  }
}
