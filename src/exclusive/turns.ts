/** Iterating over wakeups. */

import type { WaitOptions } from "../manager/options.ts";
import { ClosedResourceError } from "../manager/errors.ts";

/**
 * Yields once for each wait that resolves, until the waiter is closed. With an async generator,
 * `return()` would wait for the pending `next()`, which may never end.
 */
export class Turns implements AsyncGenerator<void, void, void> {
  readonly #wait: (options: WaitOptions) => Promise<void>;
  readonly #end = new AbortController();

  constructor(wait: (options: WaitOptions) => Promise<void>) {
    this.#wait = wait;
  }

  async next(): Promise<IteratorResult<void, void>> {
    if (this.#end.signal.aborted) return { done: true, value: undefined };
    try {
      await this.#wait(this.#end);
      return { done: false, value: undefined };
    } catch (error) {
      const ended = error === this.#end.signal.reason || error instanceof ClosedResourceError;
      if (ended) return this.return();
      throw error;
    }
  }

  return(): Promise<IteratorResult<void, void>> {
    this.#end.abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(reason: unknown): Promise<IteratorResult<void, void>> {
    this.#end.abort();
    return Promise.reject(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
