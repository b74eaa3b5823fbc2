/** Why a wait was refused or ended. */

/**
 * Another wait for the same descriptor and direction is pending; it goes on unharmed.
 *
 * @example
 * ```ts
 * import { BusyResourceError, waitReadable, Wakeup } from "@fdready/fdready";
 *
 * using wakeup = new Wakeup();
 * const first = waitReadable(wakeup);
 * await waitReadable(wakeup).catch((error) => {
 *   console.log(error instanceof BusyResourceError); // true
 * });
 * wakeup.wake();
 * await first;
 * ```
 */
export class BusyResourceError extends Error {
  /** `"BusyResourceError"` */
  override readonly name: string = "BusyResourceError";

  /** Made by this module; programs only catch it. */
  constructor(message: string) {
    super(message);
  }
}

/**
 * The descriptor was announced as closing, or the manager, stream or waiter has been closed.
 *
 * @example
 * ```ts
 * import { ClosedResourceError, notifyClosing, waitReadable, Wakeup } from "@fdready/fdready";
 *
 * using wakeup = new Wakeup();
 * const waiting = waitReadable(wakeup);
 * notifyClosing(wakeup);
 * await waiting.catch((error) => {
 *   console.log(error instanceof ClosedResourceError); // true
 * });
 * ```
 */
export class ClosedResourceError extends Error {
  /** `"ClosedResourceError"` */
  override readonly name: string = "ClosedResourceError";

  /** Made by this module; programs only catch it. */
  constructor(message: string) {
    super(message);
  }
}
