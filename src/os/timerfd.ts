/** Timers as descriptors. */

import { libc, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { checkObject, inspectLine } from "../ffi/checks.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./file_constants.ts";

const CLOCK_MONOTONIC = 1;

/** The kernel counts nanoseconds in 63 bits, which is 292 years. Longer times become that long. */
const longest = 2 ** 63 / 1e6;

/** When a timer expires. */
export interface TimerfdOptions {
  /** The time to the first expiration, in ms. It may have a fraction. */
  readonly initial: number;
  /** The time from one expiration to the next, in ms. Without it, the timer expires once. */
  readonly interval?: number;
}

/**
 * Makes a timer on the monotonic clock. Its descriptor is readable once the timer has expired.
 * Read 8 bytes from it, a 64-bit number: how often it has expired since the last read.
 *
 * @param options When it expires.
 * @returns The descriptor.
 * @throws {SystemError} As timerfd_create(2): `EMFILE`, if there are no descriptors left.
 * @throws {TypeError} If a time isn't a number.
 * @throws {RangeError} If a time is negative, infinite or NaN.
 *
 * @example
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { close, read, timerfd } from "@fdready/fdready/os";
 *
 * const fd = timerfd({ initial: 5, interval: 5 });
 * const expirations = new BigUint64Array(1);
 * for (let tick = 0; tick < 3; tick++) {
 *   await waitReadable(fd);
 *   read(fd, new Uint8Array(expirations.buffer));
 *   console.log(expirations[0]); // 1n, or more if the program was late
 * }
 * close(fd);
 * ```
 */
export function timerfd(options: TimerfdOptions): number {
  const { initial, interval = 0 } = checkObject("options", options);
  // struct itimerspec: interval, then value, each as seconds and nanoseconds.
  const spec = new BigInt64Array([
    ...timespec("interval", interval),
    ...timespec("initial", initial),
  ]);
  // A value of 0 would stop the timer rather than let it expire at once. An interval of 0 means none.
  if (interval > 0 && spec[0] === 0n && spec[1] === 0n) spec[1] = 1n;
  if (spec[2] === 0n && spec[3] === 0n) spec[3] = 1n;
  const flags = O_NONBLOCK | O_CLOEXEC;
  const fd = noteOpened(
    throwIfFailed(osLibc().timerfd_create(CLOCK_MONOTONIC, flags), "timerfd_create"),
  );
  try {
    throwIfFailed(osLibc().timerfd_settime(fd, 0, spec, null), "timerfd_settime", fd);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
  return fd;
}

function timespec(name: string, milliseconds: number): [seconds: bigint, nanoseconds: bigint] {
  if (typeof milliseconds !== "number") {
    throw new TypeError(`The option ${name} must be a number, got ${inspectLine(milliseconds)}`);
  }
  if (!(milliseconds >= 0 && milliseconds < Infinity)) {
    throw new RangeError(
      `The option ${name} must be 0 ms or more, got ${inspectLine(milliseconds)}`,
    );
  }
  const time = Math.min(milliseconds, longest);
  const seconds = Math.floor(time / 1000);
  return [BigInt(seconds), BigInt(Math.floor((time - seconds * 1000) * 1e6))];
}
