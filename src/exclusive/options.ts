/** What an exclusive waiter can be made with. */

import { EPOLLET, EPOLLIN, EPOLLOUT } from "../ffi/constants.ts";
import { show } from "../ffi/show.ts";

/** How an `ExclusiveWaiter` waits. */
export interface ExclusiveWaiterOptions {
  /**
   * What to wait for.
   *
   * @default {"readable"}
   */
  readonly interest?: "readable" | "writable";
  /**
   * Whether to be woken only by what is new (`EPOLLET`). Then what was left behind at one wakeup
   * isn't reported again. While there is such, an event is lost that woke another waiter which was
   * terminated or too busy to notice.
   *
   * @default {false}
   */
  readonly edgeTriggered?: boolean;
}

/** The same as `EPOLL*` flags. */
export interface ExclusiveFlags {
  readonly interest: number;
  readonly trigger: number;
}

/** The `EPOLL*` flags that `options` ask for; throws a `TypeError` for a value that is none. */
export function flagsOf(options: ExclusiveWaiterOptions): ExclusiveFlags {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options must be an object, got ${show(options)}`);
  }
  const { interest = "readable", edgeTriggered = false } = options;
  if (interest !== "readable" && interest !== "writable") {
    throw new TypeError(
      `The option interest is "readable" or "writable", got ${show(interest)}`,
    );
  }
  if (typeof edgeTriggered !== "boolean") {
    throw new TypeError(`The option edgeTriggered is a boolean, got ${show(edgeTriggered)}`);
  }
  return {
    interest: interest === "readable" ? EPOLLIN : EPOLLOUT,
    trigger: edgeTriggered ? EPOLLET : 0,
  };
}
