/** Starts waits and watches: makes waiters from the program's arguments. */

import { type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import type { ManagerCore } from "./manager_core.ts";
import {
  checkOptions,
  checkRef,
  checkSignal,
  checkTimeout,
  type WaitOptions,
  type WaitReadyOptions,
} from "./options.ts";
import { type Interest, parseInterest, type Readiness, toReadiness } from "./readiness.ts";
import {
  OneshotWaiter,
  plainSettings,
  toNothing,
  type WaiterOwner,
  type WaitSettings,
} from "./waiter.ts";
import { type FdWatch, Watch, WatchHandle } from "./watch.ts";

let lastResolve: (value: never) => void = toNothing;

/** Keeps what resolves the promise that is being made. A closure per promise takes 25 ns more in Bun. */
function captureResolve(resolve: typeof lastResolve): void {
  lastResolve = resolve;
}

/** Whether `source` is a descriptor, as a plain number. */
function isFd(source: FdLike): source is number {
  return typeof source === "number" && (source | 0) === source && source >= 0;
}

/** Waits for one direction. */
export function startWait(
  core: ManagerCore,
  source: FdLike,
  interest: number,
  options: WaitOptions | undefined,
): Promise<void> {
  if (options !== undefined || !isFd(source)) {
    return startWaitWithOptions(core, source, interest, options);
  }
  const promise = new Promise<undefined>(captureResolve);
  const waiter = new OneshotWaiter(source, interest, plainSettings, lastResolve);
  const error = core.begin(waiter);
  if (error !== undefined) waiter.reject(error);
  return promise;
}

function startWaitWithOptions(
  core: ManagerCore,
  source: FdLike,
  interest: number,
  options: WaitOptions | undefined,
): Promise<void> {
  try {
    const fd = toFd(source);
    const settings = parseSettings(core, toNothing, source, options);
    return startWaiter(core, fd, interest, settings);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Waits for several directions, for a limited time if there is a timeout. */
export function startWaitReady(
  core: ManagerCore,
  source: FdLike,
  options: WaitReadyOptions,
): Promise<Readiness> {
  try {
    const fd = toFd(source);
    const given = checkOptions(options) ?? {};
    const { timeout }: WaitReadyOptions = given;
    const interest = parseInterest(given);
    if (interest === 0 && timeout === undefined) {
      throw new TypeError(
        "waitReady() requires at least one direction, such as readable, or a timeout",
      );
    }
    const limit = timeout === undefined ? Infinity : checkTimeout(timeout);
    const settings = parseSettings(core, toReadiness, source, given, limit);
    return startWaiter(core, fd, interest, settings);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Waits for the next forced wakeup. */
export function startWaitWakeup(
  core: ManagerCore,
  options: WaitOptions | undefined,
): Promise<void> {
  try {
    const settings = parseSettings(core, toNothing, undefined, options);
    return startWaiter(core, -1, 0, settings);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Starts a wait with options. A wait that can't begin stops listening to its signal. */
export function startWaiter<T>(
  owner: WaiterOwner,
  fd: number,
  interest: number,
  settings: WaitSettings<T>,
): Promise<T> {
  const promise = new Promise<T>(captureResolve);
  const waiter = new OneshotWaiter<T>(fd, interest, settings, lastResolve);
  waiter.startLimits();
  try {
    const error = waiter.isAborted ? waiter.handleEvent() : owner.begin(waiter);
    if (error !== undefined) waiter.reject(error);
  } catch (error) {
    waiter.reject(error);
  }
  return promise;
}

/** Watches until the watch is closed. The handle keeps `manager` reachable. */
export function startWatch(
  core: ManagerCore,
  manager: object,
  source: FdLike,
  interest: Interest,
  listener: (ready: Readiness) => void,
): FdWatch {
  if (typeof listener !== "function") {
    throw new TypeError(`The listener must be a function, got ${inspectLine(listener)}`);
  }
  const watch = new Watch(toFd(source), source, parseInterest(interest), listener);
  const error = core.begin(watch);
  if (error !== undefined) throw error;
  return new WatchHandle(core, watch, manager);
}

/** Reads the options. That may run code of the program, so it comes before any look at the state. */
export function parseSettings<T>(
  owner: WaiterOwner,
  toResult: WaitSettings<T>["toResult"],
  source: FdLike | undefined,
  options: WaitOptions | undefined,
  timeout = Infinity,
): WaitSettings<T> {
  const { signal, ref }: WaitOptions = checkOptions(options) ?? {};
  return {
    toResult,
    isRef: checkRef(ref),
    source,
    signal: checkSignal(signal),
    timeout,
    timer: undefined,
    owner,
  };
}
