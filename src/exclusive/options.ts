/** The options of an exclusive waiter. */

import { EPOLLET, EPOLLIN, EPOLLOUT } from "../ffi/constants.ts";
import { checkBoolean, checkObject, inspectLine } from "../ffi/checks.ts";

/** How an `ExclusiveWaiter` waits. */
export interface ExclusiveWaiterOptions {
  /**
   * What to wait for.
   *
   * @default {"readable"}
   */
  readonly interest?: "readable" | "writable" | undefined;
  /**
   * Whether only new events wake the waiter (`EPOLLET`). Connections that you leave in the queue
   * after a wakeup are then not reported again. While there are some, this waiter doesn't notice an
   * event that another waiter has lost because it was terminated or too busy.
   *
   * @default {false}
   */
  readonly edgeTriggered?: boolean | undefined;
}

/** The options as `EPOLL*` flags. */
export interface ExclusiveFlags {
  readonly interest: number;
  readonly trigger: number;
}

/** The `EPOLL*` flags for `options`. Throws a `TypeError` for a wrong value. */
export function flagsOf(options: ExclusiveWaiterOptions): ExclusiveFlags {
  const { interest = "readable", edgeTriggered = false } = checkObject("options", options);
  if (interest !== "readable" && interest !== "writable") {
    throw new TypeError(
      `The option interest must be "readable" or "writable", got ${inspectLine(interest)}`,
    );
  }
  return {
    interest: interest === "readable" ? EPOLLIN : EPOLLOUT,
    trigger: checkBoolean("option edgeTriggered", edgeTriggered) ? EPOLLET : 0,
  };
}
