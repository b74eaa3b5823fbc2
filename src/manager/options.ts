/** What a manager can be made with. */

import type { DriverName } from "../driver/select.ts";
import { show } from "../ffi/show.ts";

/** How an {@linkcode EpollIOManager} is run. */
export interface EpollIOManagerOptions {
  /**
   * How the runtime's event loop is woken to run the manager. `"uring"` uses io_uring, and
   * `"thread"` a thread that blocks in `poll(2)`. With `"manual"` your program runs the manager, by
   * `getEvents` and `processEvents`. The default, `"auto"`, uses `"uring"` where it works,
   * otherwise `"thread"`.
   */
  readonly driver?: "auto" | "uring" | "thread" | "manual";
  /**
   * How long to go on polling after the last event before going to sleep, in µs. A longer time
   * serves a peer sooner that answers quickly, but costs that much CPU time after each burst of
   * events.
   *
   * @default {50}
   */
  readonly busyPoll?: number;
}

const drivers: readonly DriverName[] = ["auto", "uring", "thread", "manual"];

/** `options` with its defaults; throws what the manager's constructor throws of them. */
export function validated(options: EpollIOManagerOptions): Required<EpollIOManagerOptions> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options must be an object, got ${show(options)}`);
  }
  const { driver = "auto", busyPoll = 50 } = options;
  if (!drivers.includes(driver)) {
    throw new TypeError(
      `The option driver must be one of ${drivers.join(", ")}, got ${show(driver)}`,
    );
  }
  if (typeof busyPoll !== "number") {
    throw new TypeError(`The option busyPoll must be a number of µs, got ${show(busyPoll)}`);
  }
  if (!(busyPoll >= 0)) {
    throw new RangeError(`The option busyPoll must be 0 µs or more, got ${busyPoll}`);
  }
  return { driver, busyPoll };
}
