/** Trying again later, where the kernel reports no event. */

import { clearTimeout, setTimeout } from "node:timers";

/** A timer for one callback at a time. */
export class RetryTimer {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRef = true;

  /** Whether the callback is still to be called. */
  get isPending(): boolean {
    return this.#timer !== undefined;
  }

  /** Calls `callback` after `delay` ms. */
  start(delay: number, callback: () => void): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      callback();
    }, delay);
    if (!this.#isRef) this.#timer.unref();
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
