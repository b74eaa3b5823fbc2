/** Trying again later, where the kernel reports no event. */

import { clearTimeout, setTimeout } from "node:timers";

/** The first and the longest delay, in ms. */
const [firstDelay, maxDelay] = [1, 64];

/** Calls back after delays that double each time. */
export class RetryTimer {
  readonly #callback: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delay = firstDelay;
  #isRef = true;

  /**
   * Creates an idle timer.
   *
   * @param callback Called after each delay.
   */
  constructor(callback: () => void) {
    this.#callback = callback;
  }

  /** Whether the callback is still to be called. */
  get isPending(): boolean {
    return this.#timer !== undefined;
  }

  /** Calls back after the next delay. */
  start(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#callback();
    }, this.#delay);
    if (!this.#isRef) this.#timer.unref();
    this.#delay = Math.min(2 * this.#delay, maxDelay);
  }

  /** Starts again with the first delay, after a success. */
  reset(): void {
    this.#delay = firstDelay;
  }

  /** Cancels the callback. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Sets whether the timer keeps the process alive. */
  setRef(isRef: boolean): void {
    this.#isRef = isRef;
    if (isRef) this.#timer?.ref();
    else this.#timer?.unref();
  }
}
