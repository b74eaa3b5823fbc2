/** Waits for forced wakeups. */

import { EPOLLIN } from "../ffi/constants.ts";
import { createManagerClosedError } from "./errors.ts";
import type { Waiter, WaiterHost, WaiterOwner } from "./waiter.ts";

/** The waits for the next forced wakeup. One wakeup ends all of them. */
export class WakeupWaiters implements WaiterOwner {
  /** Wakeups so far. */
  wakeups = 0;
  /** How many waiters keep the process alive. */
  refs = 0;
  readonly #host: WaiterHost;
  readonly #waiters = new Set<Waiter>();
  /** A wakeup came while nothing waited for one. It ends the next wait. */
  #hasUnusedWakeup = false;

  constructor(host: WaiterHost) {
    this.#host = host;
  }

  /** How many waiters there are. */
  get pending(): number {
    return this.#waiters.size;
  }

  list(): Waiter[] {
    return [...this.#waiters];
  }

  begin(waiter: Waiter): Error | undefined {
    if (this.#host.isClosed) return createManagerClosedError();
    if (this.#hasUnusedWakeup) {
      this.#hasUnusedWakeup = false;
      waiter.notify(EPOLLIN);
      return;
    }
    this.#waiters.add(waiter);
    if (waiter.isRef) this.refs++;
    this.#host.onAdded();
  }

  abort(waiter: Waiter): void {
    if (!this.#waiters.delete(waiter)) return;
    if (waiter.isRef) this.refs--;
    this.#host.onRemoved();
    this.#host.stopIfIdle();
  }

  /** Waits for a wakeup have no timeout. */
  expire(): void {}

  /** Counts a wakeup, and ends the waits for it. */
  processWakeup(): void {
    this.wakeups++;
    this.#hasUnusedWakeup = this.pending === 0;
    for (const waiter of this.#removeAll()) waiter.notify(EPOLLIN);
  }

  /** Ends all waits with the errors that `makeError` returns. */
  rejectAll(makeError: () => unknown): void {
    for (const waiter of this.#removeAll()) waiter.reject(makeError());
  }

  #removeAll(): Waiter[] {
    const waiters = this.list();
    this.#waiters.clear();
    this.refs = 0;
    if (waiters.length > 0) this.#host.onRemoved();
    return waiters;
  }
}
