/** What managers and waits can be told, and times as the kernel and the runtimes' timers take them. */

import type { DriverName } from "../driver/create_driver.ts";
import { checkBoolean, checkObject, inspectLine } from "../ffi/checks.ts";
import type { Interest } from "./readiness.ts";

/** How an {@linkcode EpollIOManager} is run. */
export interface EpollIOManagerOptions {
  /**
   * How the runtime's event loop is woken to run the manager. `"uring"` uses io_uring, and
   * `"thread"` a thread that blocks in `poll(2)`. With `"manual"` your program runs the manager, by
   * `getEvents` and `processEvents`. The default, `"auto"`, uses `"uring"` where it works,
   * otherwise `"thread"`.
   */
  readonly driver?: "auto" | "uv" | "uring" | "thread" | "manual";
  /**
   * How long to go on polling after the last event before going to sleep, in µs. A longer time
   * serves a peer sooner that answers quickly, but costs that much CPU time after each burst of
   * events.
   *
   * @default {50}
   */
  readonly busyPoll?: number;
}

const drivers: readonly DriverName[] = ["auto", "uv", "uring", "thread", "manual"];

/** `options` with its defaults; throws what the manager's constructor throws of them. */
export function validated(options: EpollIOManagerOptions): Required<EpollIOManagerOptions> {
  const { driver = "auto", busyPoll = 50 } = checkObject("options", options);
  if (!drivers.includes(driver)) {
    throw new TypeError(
      `The option driver must be one of ${drivers.join(", ")}, got ${inspectLine(driver)}`,
    );
  }
  if (typeof busyPoll !== "number") {
    throw new TypeError(`The option busyPoll must be a number of µs, got ${inspectLine(busyPoll)}`);
  }
  if (!(busyPoll >= 0)) {
    throw new RangeError(`The option busyPoll must be 0 µs or more, got ${busyPoll}`);
  }
  return { driver, busyPoll };
}

/** How a wait can be cut short. */
export interface WaitOptions {
  /** Ends the wait when it aborts; the wait then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Whether the pending wait keeps the process alive.
   *
   * @default {true}
   */
  readonly ref?: boolean;
}

/** What `waitReady` waits for, and for how long. */
export interface WaitReadyOptions extends WaitOptions, Interest {
  /** How long to wait at most, in ms, up to about 25 days. Without it, the wait has no limit. */
  readonly timeout?: number;
}

/** `options`, unless they are what a program without types took for them, such as a signal or a time. */
export function checkOptions<T extends WaitOptions>(options: T | undefined): T | undefined {
  if (options === undefined || options === null) return undefined;
  if (typeof options === "object" && !(options instanceof AbortSignal)) return options;
  throw new TypeError(
    `The options must be an object such as { signal }, got ${inspectLine(options)}`,
  );
}

/** Whether a wait with that option keeps the process alive. */
export function holds(ref: boolean | undefined): boolean {
  return ref === undefined || checkBoolean("option ref", ref);
}

/** The longest one, in ms: about 25 days. */
const longest = 0x7fff_ffff;

/** `timeout` in whole ms, rounded up. */
export function wholeMilliseconds(timeout: number): number {
  // Deno's FFI refuses -0.
  return Math.min(Math.ceil(timeout) + 0, longest);
}
