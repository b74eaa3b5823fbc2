/** The errors that end or refuse a wait. */

import { describeFd } from "../ffi/errors.ts";
import { formatDirections } from "./readiness.ts";

/**
 * Another wait for the same descriptor and direction is pending. That wait continues.
 *
 * @example Waiting twice
 * ```ts
 * import { BusyResourceError, waitReadable, Wakeup } from "@fdready/fdready";
 * import { assertRejects } from "@std/assert";
 *
 * using wakeup = new Wakeup();
 * const first = waitReadable(wakeup);
 * await assertRejects(() => waitReadable(wakeup), BusyResourceError);
 * wakeup.wake();
 * await first;
 * ```
 */
export class BusyResourceError extends Error {
  /** `"BusyResourceError"` */
  override readonly name: string = "BusyResourceError";

  /** Called by this module. Programs only catch the error. */
  constructor(message: string) {
    super(message);
  }
}

/**
 * The descriptor is being closed, or the manager, stream or waiter has been closed.
 *
 * @example Ending a wait before its descriptor is closed
 * ```ts
 * import { ClosedResourceError, notifyClosing, waitReadable, Wakeup } from "@fdready/fdready";
 * import { assertRejects } from "@std/assert";
 *
 * using wakeup = new Wakeup();
 * const rejected = assertRejects(() => waitReadable(wakeup), ClosedResourceError);
 * notifyClosing(wakeup);
 * await rejected;
 * ```
 */
export class ClosedResourceError extends Error {
  /** `"ClosedResourceError"` */
  override readonly name: string = "ClosedResourceError";

  /** Called by this module. Programs only catch the error. */
  constructor(message: string) {
    super(message);
  }
}

/** The error of a wait whose directions in `interest` belong to another one. */
export function createBusyError(fd: number, interest: number): BusyResourceError {
  const file = describeFd(fd) ?? "closed";
  const directions = formatDirections(interest);
  return new BusyResourceError(
    `Another wait or watch for fd ${fd} (${file}, ${directions}) is pending`,
  );
}

/** The error of waits that the manager's close ends, or that begin after it. */
export function createManagerClosedError(): ClosedResourceError {
  return new ClosedResourceError("The manager is closed");
}

/** The error of waits that `notifyClosing` ends. */
export function createFdClosingError(fd: number): ClosedResourceError {
  return new ClosedResourceError(
    `fd ${fd} is being closed. Do not use it after notifyClosing() or closeFd()`,
  );
}

/** The error of a watch that has ended. */
export function createWatchClosedError(fd: number): ClosedResourceError {
  return new ClosedResourceError(`The watch of fd ${fd} is closed`);
}
