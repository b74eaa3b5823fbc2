/** One pending wait. */

import type { Direction, Interest } from "./interest.ts";

/** Who settles waiters when their signals abort. */
export interface WaiterOwner {
  abort(waiter: Waiter): void;
}

/**
 * A time from which waits have been pending, shared by all that came between two rests of the driver:
 * reading the clock for each would cost more than the rest of it.
 */
export interface Since {
  /** In ms, as `performance.now()` has it; undefined until the driver rests. */
  time: number | undefined;
}

let lastResolve: () => void;
let lastReject: (reason: unknown) => void;

/** Shared by all promises made here, in place of a closure for each. */
function capture(resolve: () => void, reject: (reason: unknown) => void): void {
  lastResolve = resolve;
  lastReject = reject;
}

/** A promise with the means to settle it, and the signal that may cut it short. */
export class Waiter {
  readonly promise: Promise<void>;
  /** Where it waits; of a wait for a forced wakeup, undefined. */
  readonly interest: Interest | undefined;
  readonly direction: Direction | undefined;
  readonly since: Since;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  readonly #owner: WaiterOwner;
  readonly #signal: AbortSignal | undefined;

  constructor(
    owner: WaiterOwner,
    interest: Interest | undefined,
    direction: Direction | undefined,
    signal: AbortSignal | undefined,
    since: Since = { time: undefined },
  ) {
    this.promise = new Promise<void>(capture);
    this.#resolve = lastResolve;
    this.#reject = lastReject;
    this.interest = interest;
    this.direction = direction;
    this.since = since;
    this.#owner = owner;
    this.#signal = signal;
    signal?.addEventListener("abort", this);
  }

  /** Listens to the signal. */
  handleEvent(): void {
    this.#owner.abort(this);
    this.reject(this.#signal?.reason);
  }

  resolve(): void {
    this.#signal?.removeEventListener("abort", this);
    this.#resolve();
  }

  reject(reason: unknown): void {
    this.#signal?.removeEventListener("abort", this);
    this.#reject(reason);
  }
}
