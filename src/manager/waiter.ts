/** One pending wait. */

import type { FdLike } from "../ffi/fd_like.ts";

/** What a descriptor can be awaited for. */
export type Direction = "readable" | "writable" | "priority";

/** Told when the signal of a waiter has aborted. */
export interface WaiterOwner {
  abort(waiter: Waiter): void;
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
  /** What it waits for; undefined for a wait for a forced wakeup. */
  readonly fd: number | undefined;
  readonly direction: Direction | undefined;
  /** Kept from the garbage collector, which might let it close its descriptor. */
  readonly target: FdLike | undefined;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  readonly #owner: WaiterOwner;
  readonly #signal: AbortSignal | undefined;

  constructor(
    owner: WaiterOwner,
    signal: AbortSignal | undefined,
    fd?: number,
    target?: FdLike,
    direction?: Direction,
  ) {
    this.promise = new Promise<void>(capture);
    this.#resolve = lastResolve;
    this.#reject = lastReject;
    this.fd = fd;
    this.direction = direction;
    this.target = target;
    this.#owner = owner;
    this.#signal = signal;
    signal?.addEventListener("abort", this);
  }

  /** Listens to the signal. It aborts once, so that the listener may stay where it is. */
  handleEvent(): void {
    this.#owner.abort(this);
    this.#reject(this.#signal?.reason);
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
