/** What runs a manager from the runtime's event loop, and what the manager offers for that. */

import type { DoorbellName } from "./doorbell.ts";

/** What a driver runs. */
export interface DriverClient {
  /** The epoll descriptor: readable when there is something to process. */
  readonly fd: number;
  /** Whether anything waits. A paused watch doesn't. */
  hasWaiters(): boolean;
  /** Whether something that waits keeps the process alive. */
  hasRefs(): boolean;
  /** Processes what is ready now, without blocking. Returns the number of events. */
  poll(): number;
  /** Called when nothing waits and the driver has come to rest. */
  onIdle?(): void;
  /** Rejects all waits, because the driver can't go on. */
  fail(error: unknown): void;
}

/** What wakes the event loop, or `"manual"` if the program runs the manager itself. */
export type DriverKind = DoorbellName | "manual";

/** Polls a {@linkcode DriverClient} whenever it has something to process. */
export interface Driver {
  readonly name: DriverKind;
  /** A waiter was added. */
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
