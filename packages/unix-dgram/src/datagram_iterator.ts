/** Iterating over datagrams. */

import type { Datagram } from "./types.ts";

type Receive = (signal: AbortSignal) => Promise<Datagram>;

const done: IteratorReturnResult<void> = { done: true, value: undefined };

/**
 * Iterates until it is left, until a call fails, or until `isClosed` returns `true`. Unlike an
 * async generator, it can be left while a call of `next` is pending, which then takes no datagram.
 */
export class DatagramIterator
  implements AsyncIterableIterator<Datagram, void, void>, AsyncDisposable {
  readonly #receive: Receive;
  readonly #isClosed: () => boolean;
  /** Aborts when the iteration ends. */
  readonly #end = new AbortController();

  /**
   * Creates an iterator.
   *
   * @param receive Receives a datagram, until the signal aborts.
   * @param isClosed Whether the socket is closed.
   */
  constructor(receive: Receive, isClosed: () => boolean) {
    this.#receive = receive;
    this.#isClosed = isClosed;
  }

  /** Resolves to the next datagram. */
  async next(): Promise<IteratorResult<Datagram, void>> {
    const { signal } = this.#end;
    if (signal.aborted || this.#isClosed()) return done;
    try {
      return { done: false, value: await this.#receive(signal) };
    } catch (error) {
      if (signal.aborted || this.#isClosed()) return done;
      this.#end.abort();
      throw error;
    }
  }

  /** Ends the iteration, and pending calls of `next`. */
  return(): Promise<IteratorReturnResult<void>> {
    this.#end.abort();
    return Promise.resolve(done);
  }

  /** Returns itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The same as {@linkcode DatagramIterator.return}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
