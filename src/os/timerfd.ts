/** Timers as descriptors. */

import {
  checkBoolean,
  checkInteger,
  checkObject,
  type FdLike,
  inspectLine,
  toFd,
} from "../ffi/checks.ts";
import { O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { libc, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_REALTIME_ALARM } from "./event_constants.ts";

const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;

/** struct itimerspec: two times, each as seconds and nanoseconds of 64 bits. timerfd_settime(2) */
const specWords = 4;

/** The kernel counts nanoseconds in 63 bits, which is 292 years. Longer times become that long. */
const longest = 2 ** 63 / 1e6;

/** When a timer expires. */
export interface TimerfdTime {
  /** The time to the first expiration, in ms, with fractions. */
  readonly initial: number;
  /** The time between expirations, in ms, with fractions; 0 for a timer that expires once. */
  readonly interval: number;
}

/** A new time for a timer. */
export interface TimerfdSettimeOptions {
  /**
   * The time to the first expiration, in ms, with fractions; if `absolute`, the time of the clock.
   * {@linkcode timerfdSettime} stops the timer if it is 0; {@linkcode timerfd} makes one that
   * expires at once.
   */
  readonly initial: number;
  /** The time between expirations, in ms, with fractions. By default, the timer expires once. */
  readonly interval?: number | undefined;
  /** Whether `initial` is a time of the clock, such as one after `Date.now()` (default: false). */
  readonly absolute?: boolean | undefined;
  /**
   * Whether a change of the time of day cancels the timer: the descriptor becomes readable, and
   * {@linkcode read} throws `ECANCELED`. It requires an absolute time and
   * {@linkcode CLOCK_REALTIME} (default: false).
   */
  readonly cancelOnSet?: boolean | undefined;
}

/** A new timer. */
export interface TimerfdOptions extends TimerfdSettimeOptions {
  /** The clock, such as {@linkcode CLOCK_REALTIME} (default: {@linkcode CLOCK_MONOTONIC}). */
  readonly clock?: number | undefined;
}

/**
 * Makes a timer. Its descriptor is readable once the timer has expired. Read 8 bytes from it: the
 * number of expirations since the last read, as a 64-bit number.
 *
 * @param options The time of the timer, and its clock.
 * @returns The descriptor.
 * @throws {SystemError} As timerfd_create(2) and timerfd_settime(2): `EMFILE` if there are no
 * descriptors left, `EPERM` if an alarm clock is used without the permission to wake the machine.
 * @throws {TypeError} If a time isn't a number, another option has the wrong type, or `cancelOnSet`
 * lacks what it requires.
 * @throws {RangeError} If a time is negative, infinite or NaN.
 *
 * @example Wait for three ticks
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { close, read, timerfd } from "@fdready/fdready/os";
 * import { assert } from "@std/assert";
 *
 * const fd = timerfd({ initial: 5, interval: 5 });
 * const expirations = new BigUint64Array(1);
 * for (let tick = 0; tick < 3; tick++) {
 *   await waitReadable(fd);
 *   read(fd, expirations);
 *   assert(expirations[0]! >= 1n); // more if the program was late
 * }
 * close(fd);
 * ```
 *
 * @example Wait for a time of day, or until the clock is set
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { CLOCK_REALTIME, read, timerfd } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const initial = Date.now() + 10;
 * const fd = timerfd({ clock: CLOCK_REALTIME, absolute: true, cancelOnSet: true, initial });
 * await waitReadable(fd);
 * assertEquals(read(fd, new Uint8Array(8)), 8); // throws ECANCELED if the clock was set
 * ```
 */
export function timerfd(options: TimerfdOptions): number {
  const { clock = CLOCK_MONOTONIC } = checkObject("options", options);
  checkInteger("option clock", clock);
  const { spec, flags } = toSpec(options);
  if ((flags & TFD_TIMER_CANCEL_ON_SET) !== 0 && !isTimeOfDay(clock)) {
    throw new TypeError("The option cancelOnSet requires clock: CLOCK_REALTIME");
  }
  // The kernel would stop the timer instead.
  if (isZero(spec, 2)) spec[3] = 1n;
  const newFlags = O_NONBLOCK | O_CLOEXEC;
  const fd = noteOpened(throwIfFailed(osLibc().timerfd_create(clock, newFlags), "timerfd_create"));
  try {
    settime(fd, flags, spec);
    return fd;
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

/**
 * Sets the time of a timer, or stops it. Unread expirations are discarded.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param options The new time. An `initial` of 0 stops the timer.
 * @throws {SystemError} As timerfd_settime(2): `EINVAL` if it isn't a timer, `ECANCELED` if the
 * time of day was set since the last read of a timer with `cancelOnSet`; the timer is set even
 * then.
 * @throws {TypeError} If `target` isn't a descriptor, a time isn't a number, or another option has
 * the wrong type.
 * @throws {RangeError} If a time is negative, infinite or NaN.
 *
 * @example Move a deadline
 * ```ts
 * import { timerfd, timerfdGettime, timerfdSettime } from "@fdready/fdready/os";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const fd = timerfd({ initial: 1000 });
 * timerfdSettime(fd, { initial: 60_000 });
 * assert(timerfdGettime(fd).initial > 1000);
 * timerfdSettime(fd, { initial: 0 }); // stops it
 * assertEquals(timerfdGettime(fd), { initial: 0, interval: 0 });
 * ```
 */
export function timerfdSettime(target: FdLike, options: TimerfdSettimeOptions): void {
  const fd = toFd(target);
  const { spec, flags } = toSpec(checkObject("options", options));
  settime(fd, flags, spec);
}

/**
 * Returns the remaining time of a timer.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @returns The time to the next expiration, even if it was set as an absolute time; 0 if the timer
 * is stopped or has expired for the last time. The interval is the one that was set.
 * @throws {SystemError} As timerfd_gettime(2): `EINVAL` if it isn't a timer.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Show the interval of a timer
 * ```ts
 * import { timerfd, timerfdGettime } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(timerfdGettime(timerfd({ initial: 1000, interval: 2.5 })).interval, 2.5);
 * ```
 */
export function timerfdGettime(target: FdLike): TimerfdTime {
  const fd = toFd(target);
  const spec = new BigInt64Array(specWords);
  throwIfFailed(osLibc().timerfd_gettime(fd, spec), "timerfd_gettime", fd);
  const time = (index: number) => Number(spec[index]) * 1000 + Number(spec[index + 1]) / 1e6;
  return { initial: time(2), interval: time(0) };
}

function isTimeOfDay(clock: number): boolean {
  return clock === CLOCK_REALTIME || clock === CLOCK_REALTIME_ALARM;
}

function settime(fd: number, flags: number, spec: BigInt64Array): void {
  throwIfFailed(osLibc().timerfd_settime(fd, flags, spec, null), "timerfd_settime", fd);
}

function toSpec(options: TimerfdSettimeOptions): { spec: BigInt64Array; flags: number } {
  const { initial, interval = 0, absolute = false, cancelOnSet = false } = options;
  checkBoolean("option absolute", absolute);
  checkBoolean("option cancelOnSet", cancelOnSet);
  // The kernel would ignore it.
  if (cancelOnSet && !absolute) {
    throw new TypeError("The option cancelOnSet requires absolute: true");
  }
  const spec = new BigInt64Array(specWords);
  spec.set(toTimespec("interval", interval), 0);
  spec.set(toTimespec("initial", initial), 2);
  // 0 has a special meaning to the kernel, which a time too short to count must not get.
  if (interval > 0 && isZero(spec, 0)) spec[1] = 1n;
  if (initial > 0 && isZero(spec, 2)) spec[3] = 1n;
  const flags = (absolute ? TFD_TIMER_ABSTIME : 0) | (cancelOnSet ? TFD_TIMER_CANCEL_ON_SET : 0);
  return { spec, flags };
}

function isZero(spec: BigInt64Array, index: number): boolean {
  return spec[index] === 0n && spec[index + 1] === 0n;
}

function toTimespec(name: string, milliseconds: number): [seconds: bigint, nanoseconds: bigint] {
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
  const nanoseconds = Math.round((time - seconds * 1000) * 1e6);
  return nanoseconds < 1e9 ? [BigInt(seconds), BigInt(nanoseconds)] : [BigInt(seconds + 1), 0n];
}
