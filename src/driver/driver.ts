/** The contract between a driver, which polls from the runtime's event loop, and its client. */

import type { RegistrationObserver } from "../sys/epoll.ts";

/**
 * The name of a driver: see {@linkcode EpollIOManagerOptions.driver}. `"auto"` selects the first of
 * `"uv"`, `"uring"` and `"thread"` that works.
 */
export type DriverName = "auto" | "uv" | "uring" | "thread" | "manual";

/** All names of drivers. */
export const driverNames: readonly DriverName[] = ["auto", "uv", "uring", "thread", "manual"];

/** The choice of a driver. */
export interface DriverSettings {
  readonly driver: DriverName;
  /** The longest time to poll after an event, in µs. */
  readonly busyPoll: number;
}

/** A manager, or another object that a driver polls. */
export interface DriverClient {
  /** The epoll descriptor: readable when there is something to process. */
  readonly fd: number;
  /** How many waits and watches are pending. A paused watch isn't. */
  countWaiters(): number;
  /** Whether something that waits keeps the process alive. */
  hasRefs(): boolean;
  /** Processes what is ready now, without blocking. Returns the number of events. */
  poll(): number;
  /** Whether the next poll finds an event that doesn't make the epoll descriptor readable. */
  hasKeptEvents?(): boolean;
  /** Called when nothing waits and the driver has become idle. */
  onIdle?(): void;
  /** Rejects all waits, because the driver has failed. */
  fail(error: unknown): void;
}

/** Polls a {@linkcode DriverClient} whenever it has something to process. */
export interface Driver extends RegistrationObserver {
  readonly name: Exclude<DriverName, "auto">;
  /** A waiter was added, or an event was kept. */
  start(): void;
  /** The answer of {@linkcode DriverClient.hasRefs} may have changed. */
  updateRef(): void;
  /** The last waiter has gone. */
  stop(): void;
  /** Whether `fd` is one of the driver's own descriptors. */
  isInternal(fd: number): boolean;
  /** Gives up all resources. The client isn't polled any more from now on. */
  close(): Promise<void>;
}
