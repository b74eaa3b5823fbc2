/** Operations that are done one after another, in the order in which they were asked for. */
export class InTurn {
  /** How the last one ends. */
  last: Promise<unknown> = Promise.resolve();

  /** Does `operation` once those before it have ended, whether or not they failed. */
  do<R>(operation: () => Promise<R>): Promise<R> {
    const result = this.last.then(operation, operation);
    // The caller is told. Of `last`, nobody may be asking.
    result.catch(() => {});
    this.last = result;
    return result;
  }
}
