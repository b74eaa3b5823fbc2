/** Waits for forced wakeups. */

import type { Waiter } from "./waiter.ts";

/** The waits for the next forced wakeup. One wakeup ends all of them. */
export class WakeupWaiters {
  /** Wakeups so far. */
  wakeups = 0;
  /** How many are pending. */
  pending = 0;
  /** How many of those keep the process alive. */
  refs = 0;
  readonly #waiters = new Set<Waiter>();
  /** A wakeup came while nothing waited for one. It ends the next wait. */
  #isPending = false;

  list(): Waiter[] {
    return [...this.#waiters];
  }

  add(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#count(waiter, 1);
  }

  /** Removes `waiter`. Returns whether it was there. */
  remove(waiter: Waiter): boolean {
    if (!this.#waiters.delete(waiter)) return false;
    this.#count(waiter, -1);
    return true;
  }

  /** Returns whether a wakeup is left over from when nothing waited, and forgets it. */
  takePending(): boolean {
    const isPending = this.#isPending;
    this.#isPending = false;
    return isPending;
  }

  /** Counts a wakeup, and removes the waiters that it ends. */
  takeWoken(): Waiter[] {
    this.wakeups++;
    this.#isPending = this.pending === 0;
    return this.takeAll();
  }

  /** Removes all waiters. */
  takeAll(): Waiter[] {
    const waiters = this.list();
    this.#waiters.clear();
    this.pending = this.refs = 0;
    return waiters;
  }

  #count({ isRef }: Waiter, change: 1 | -1): void {
    this.pending += change;
    if (isRef) this.refs += change;
  }
}
