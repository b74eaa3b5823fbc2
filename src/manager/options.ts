/** What a manager can be made with. */

import type { DriverName } from "../driver/select.ts";
import { show } from "../ffi/show.ts";

/** How an {@linkcode EpollIOManager} is run. */
export interface EpollIOManagerOptions {
  /**
   * How the runtime's event loop gets to run the manager. `"thread"` parks a thread in `poll(2)`;
   * `"manual"` leaves it to the program, which calls `getEvents` and `processEvents`. The default,
   * `"auto"`, takes the best one that works here.
   */
  readonly driver?: "auto" | "uring" | "thread" | "manual";
  /**
   * For how long to go on polling after the last event before going to sleep, in µs. More answers a
   * lively peer sooner, for as much CPU time spent in vain at the end of each burst.
   *
   * @default {50}
   */
  readonly busyPoll?: number;
}

const drivers: readonly DriverName[] = ["auto", "uring", "thread", "manual"];

/** `options` with its defaults; throws what the manager's constructor throws of them. */
export function validated(options: EpollIOManagerOptions): Required<EpollIOManagerOptions> {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options are an object, got ${show(options)}`);
  }
  const { driver = "auto", busyPoll = 50 } = options;
  if (!drivers.includes(driver)) {
    throw new TypeError(
      `The option driver is one of ${drivers.join(", ")}, got ${show(driver)}`,
    );
  }
  if (typeof busyPoll !== "number") {
    throw new TypeError(`The option busyPoll is a number of µs, got ${show(busyPoll)}`);
  }
  if (!(busyPoll >= 0)) {
    throw new RangeError(`The option busyPoll is 0 µs or more, got ${busyPoll}`);
  }
  return { driver, busyPoll };
}
