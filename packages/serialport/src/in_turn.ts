/** Does operations one after another, in the order in which they were begun. */
export class InTurn {
  /** Settles when the last operation ends. */
  last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /**
   * Does `operation` once those before it have ended, even if they failed. If there are none, it
   * begins at once, so that a later call, such as closing the port, comes after it.
   */
  do<R>(operation: () => Promise<R>): Promise<R> {
    const result = this.#pending === 0 ? operation() : this.last.then(operation, operation);
    this.#pending++;
    const ended = () => this.#pending--;
    // The caller gets the failure. `last` must not be an unhandled rejection.
    result.then(ended, ended);
    this.last = result;
    return result;
  }
}
