/** Runs operations one after another, in the order of their calls. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /**
   * Runs `operation` after the earlier ones have ended, even if they failed. If there are none, it
   * begins at once, so that a later call, such as closing the port, comes after it.
   */
  run<R>(operation: () => Promise<R>): Promise<R> {
    const result = this.#pending === 0 ? operation() : this.#last.then(operation, operation);
    this.#pending++;
    const onEnd = () => this.#pending--;
    // The caller gets the failure. `#last` must not be an unhandled rejection.
    result.then(onEnd, onEnd);
    this.#last = result;
    return result;
  }

  /** Resolves or rejects when the last operation does. */
  get last(): Promise<unknown> {
    return this.#last;
  }

  /** Resolves when the last operation has ended, even if it failed. */
  async ended(): Promise<void> {
    await Promise.allSettled([this.#last]);
  }
}
