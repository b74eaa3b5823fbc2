/** The options of managers and waits, and their checks. */

import { type DriverName, driverNames, type DriverSettings } from "../driver/driver.ts";
import { checkBoolean, checkObject, inspectLine } from "../ffi/checks.ts";
import { type Interest, parseInterest } from "./readiness.ts";

/** Options for {@linkcode EpollIOManager}. */
export interface EpollIOManagerOptions {
  /**
   * The way to wake the runtime's event loop for the manager. `"uv"` uses libuv, on Node's main
   * thread only. `"uring"` uses io_uring, and `"thread"` a thread that blocks in `poll(2)`. With
   * `"manual"`, your program runs the manager with `getEvents` and `processEvents`. `"auto"` uses
   * the first of `"uv"`, `"uring"` and `"thread"` that works.
   *
   * @default {"auto"}
   */
  readonly driver?: DriverName | undefined;
  /**
   * The longest time to poll after an event before going to sleep, in µs. A longer time reduces the
   * latency for peers that answer quickly, at the cost of CPU time.
   *
   * @default {50}
   */
  readonly busyPoll?: number | undefined;
}

/** Checks `options` and fills in the defaults. */
export function parseManagerOptions(options: EpollIOManagerOptions): DriverSettings {
  const { driver = "auto", busyPoll = 50 } = checkObject("options", options);
  if (!driverNames.includes(driver)) {
    throw new TypeError(
      `The option driver must be one of ${driverNames.join(", ")}, got ${inspectLine(driver)}`,
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

/** Options for a wait. */
export interface WaitOptions {
  /** Cancels the wait when it aborts. The wait then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the pending wait keeps the process alive.
   *
   * @default {true}
   */
  readonly ref?: boolean | undefined;
}

/** Options for {@linkcode waitReady}: the directions, and how long to wait for them. */
export interface WaitReadyOptions extends WaitOptions, Interest {
  /** The longest time to wait, in ms, up to about 25 days. Without it, the wait has no limit. */
  readonly timeout?: number | undefined;
}

/** The options of a wait with their defaults. */
export interface ParsedWaitOptions {
  readonly signal: AbortSignal | undefined;
  readonly isRef: boolean;
  /** In ms; `Infinity` for none. */
  readonly timeout: number;
}

/** The options of {@linkcode waitReady} with their defaults. */
export interface ParsedWaitReadyOptions extends ParsedWaitOptions {
  /** The directions, as the kernel names them. */
  readonly interest: number;
}

/**
 * Checks `options` and fills in the defaults. Reads each once, which may run code of the program.
 */
export function parseWaitOptions(options: WaitOptions | undefined): ParsedWaitOptions {
  const { signal, ref } = checkWaitOptions(options);
  return { signal: checkSignal(signal), isRef: checkRef(ref), timeout: Infinity };
}

/** Checks `options` as {@linkcode parseWaitOptions} does, and the directions and the timeout. */
export function parseWaitReadyOptions(options: WaitReadyOptions): ParsedWaitReadyOptions {
  const checked: WaitReadyOptions = checkWaitOptions(options);
  const { signal, ref, timeout } = checked;
  const interest = parseInterest(checked);
  if (interest === 0 && timeout === undefined) {
    throw new TypeError(
      "waitReady() requires at least one direction, such as readable, or a timeout",
    );
  }
  return {
    interest,
    signal: checkSignal(signal),
    isRef: checkRef(ref),
    timeout: timeout === undefined ? Infinity : checkTimeout(timeout),
  };
}

// Programs often have null where an option is optional, such as the signal of a `RequestInit`. So
// null means undefined for the options of a wait and for the signal.

const noOptions: WaitOptions = {};

/** Returns `options`, unless something else was passed instead, such as a signal or a time. */
export function checkWaitOptions<T extends WaitOptions>(
  options: T | undefined,
): T | WaitOptions {
  if (options === undefined || options === null) return noOptions;
  if (typeof options === "object" && !(options instanceof AbortSignal)) return options;
  throw new TypeError(
    `The options must be an object such as { signal }, got ${inspectLine(options)}`,
  );
}

function checkRef(ref: boolean | undefined): boolean {
  return ref === undefined || checkBoolean("option ref", ref);
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined;
  if (signal instanceof AbortSignal) return signal;
  throw new TypeError(`The option signal must be an AbortSignal, got ${inspectLine(signal)}`);
}

/** Returns `timeout`, unless it isn't a time in ms. */
export function checkTimeout(timeout: number): number {
  if (typeof timeout !== "number") {
    throw new TypeError(`The timeout must be a number of ms, got ${inspectLine(timeout)}`);
  }
  if (!(timeout >= 0)) throw new RangeError(`The timeout must be 0 ms or more, got ${timeout}`);
  return timeout;
}

/** About 25 days, in ms. */
const longestTimeout = 0x7fff_ffff;

/** A finite timeout in whole ms, rounded up, as the kernel and the runtimes' timers accept it. */
export function roundUpTimeout(timeout: number): number {
  // Deno's FFI refuses -0.
  return Math.min(Math.ceil(timeout) + 0, longestTimeout);
}
