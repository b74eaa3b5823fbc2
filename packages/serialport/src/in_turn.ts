/** Operations that are done one after another, in the order in which they were asked for. */
export class InTurn {
  /** How the last one ends. */
  last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /**
   * Does `operation` once those before it have ended, whether or not they failed: at once if there are
   * none, so that what is asked for next, such as to close the port, comes after it.
   */
  do<R>(operation: () => Promise<R>): Promise<R> {
    const result = this.#pending === 0 ? operation() : this.last.then(operation, operation);
    this.#pending++;
    const ended = () => this.#pending--;
    // The caller is told of failures. Of `last`, nobody may be asking.
    result.then(ended, ended);
    this.last = result;
    return result;
  }
}
