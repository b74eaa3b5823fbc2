/** How the runtime's event loop gets to run a manager, and what a manager must offer for that. */

/** What a driver runs. */
export interface Pollable {
  /** The epoll descriptor: readable when there is something to process. */
  readonly fd: number;
  /** Whether anyone waits. */
  waiting(): boolean;
  /** Whether the process must be kept alive for one of them. */
  held(): boolean;
  /** Processes what is ready now, without blocking. Returns the number of events. */
  poll(): number;
  /** Nobody waits, and the driver has come to rest. */
  rested?(): void;
  /** The driver can't go on, so all waits must be rejected. */
  fail(error: unknown): void;
}

/** Gets a {@linkcode Pollable} polled whenever it has something to process. */
export interface Driver {
  readonly name: "uring" | "thread" | "manual";
  /** The first waiter has come. */
  start(): void;
  /** The answer of `held()` may have changed. */
  refresh(): void;
  /** The last waiter has gone; the process may exit. */
  stop(): void;
  /** Whether `fd` is one of the driver's own descriptors. */
  isInternal(fd: number): boolean;
  /** Gives up all resources. Nothing is polled once it has been called. */
  close(): Promise<void>;
}
