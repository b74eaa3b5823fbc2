/** Creates the driver of a manager, and chooses its doorbells. */

import { SystemError } from "../ffi/errors.ts";
import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { currentRuntime, runtimes } from "../runtime/runtime.ts";
import { isWorkerThread } from "../sys/thread.ts";
import type { Doorbell, DoorbellFactory, DoorbellListener, DoorbellName } from "./doorbell.ts";
import type { Driver, DriverClient, DriverSettings } from "./driver.ts";
import { EventLoopDriver } from "./event_loop.ts";
import { ManualDriver } from "./manual.ts";
import { runtimeParts } from "./runtime_parts.ts";
import { threadFactory } from "./thread.ts";
import { uringFactory } from "./uring.ts";

/** Creates the driver of `client`. */
export function createDriver(client: DriverClient, { driver, busyPoll }: DriverSettings): Driver {
  if (driver === "manual") return new ManualDriver(client);
  const doorbells = driver === "auto" ? findPreferredFactories() : [findOnlyFactory(driver)];
  return new EventLoopDriver(client, { pollMilliseconds: busyPoll / 1000, doorbells });
}

/** The doorbells of the driver `"auto"`. Each one replaces the one before it when that fails. */
function findPreferredFactories(): DoorbellFactory[] {
  const { preferred } = runtimeParts[currentRuntime()];
  return preferred[isWorkerThread() ? "worker" : "main"].map(findFactory);
}

/** The doorbell of the driver `name`, which nothing replaces. */
function findOnlyFactory(name: DoorbellName): DoorbellFactory {
  return name === "uring" ? { name, createDoorbell: createUringOrExplain } : findFactory(name);
}

function findFactory(name: DoorbellName): DoorbellFactory {
  const runtime = currentRuntime();
  const { uvFactory } = runtimeParts[runtime];
  const factory = { uv: uvFactory, uring: uringFactory, thread: threadFactory }[name];
  if (factory !== undefined) return factory;
  throw new UnsupportedPlatformError(
    `The driver "${name}" requires libuv, which is not part of ${runtimes[runtime].title}. ` +
      'Use the driver "auto"',
  );
}

/** Errors that don't show whether io_uring works. */
const shortages = ["EMFILE", "ENFILE", "ENOMEM"];

function createUringOrExplain(fd: number, listener: DoorbellListener): Doorbell {
  try {
    return uringFactory.createDoorbell(fd, listener);
  } catch (error) {
    if (!(error instanceof SystemError) || shortages.includes(error.code)) throw error;
    throw new UnsupportedPlatformError(
      `The driver "uring" does not work here: ${error.message}. Use the driver "auto"`,
      { cause: error },
    );
  }
}
