/** How many calls that need no wait follow each other, and for how long, in ms. */
const maxCalls = 64;
const maxTime = 2;

/**
 * Limits the reads or writes of a device that is always ready. Without a limit, they would keep
 * timers and other I/O waiting.
 */
export class TurnBudget {
  #calls = 0;
  #started = 0;

  /** Counts one call. Returns `false` if the event loop must run before it. */
  spend(): boolean {
    if (this.#calls++ === 0) this.#started = performance.now();
    else if (this.#calls > maxCalls || performance.now() - this.#started > maxTime) {
      this.reset();
      return false;
    }
    return true;
  }

  /** Starts a new turn with the next call. */
  reset(): void {
    this.#calls = 0;
  }
}
