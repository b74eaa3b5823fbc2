/** The sending side of a socket: a queue for each receiver that is busy. */

import { createCongestionError } from "./errors.ts";
import { type Outgoing, trySend } from "./outgoing.ts";
import { type SendListener, SendQueue } from "./send_queue.ts";

/** Sends datagrams. A busy receiver doesn't delay datagrams for other receivers. */
export class Sending {
  readonly #fd: number;
  readonly #maxQueued: number;
  readonly #listener: SendListener;
  /** Queues by path. The connected receiver's path is undefined. */
  readonly #queues = new Map<string | undefined, SendQueue>();
  #isWritableRequested = false;
  #isRef = true;

  /**
   * Creates the sending side.
   *
   * @param fd The socket.
   * @param maxQueued The largest number of waiting datagrams.
   * @param listener Called when {@linkcode Sending.needsWritable} may have changed, and for errors.
   */
  constructor(fd: number, maxQueued: number, listener: SendListener) {
    this.#fd = fd;
    this.#maxQueued = maxQueued;
    this.#listener = listener;
  }

  /** Sends now, or returns `false` if that would block or overtake waiting datagrams. */
  trySend(datagram: Outgoing): boolean {
    return this.#queues.get(datagram.path) === undefined && trySend(this.#fd, datagram);
  }

  /** Sends when the receiver has room. Resolves then. */
  sendLater(datagram: Outgoing, signal: AbortSignal | undefined): Promise<void> {
    if (this.#countQueued() >= this.#maxQueued) {
      const full = Promise.reject(createCongestionError());
      // As in npm's package, a program may ignore that.
      full.catch(() => {});
      return full;
    }
    const sent = this.#queueFor(datagram.path).add(datagram, signal);
    this.#listener.onChange();
    return sent;
  }

  #countQueued(): number {
    let total = 0;
    for (const { length } of this.#queues.values()) total += length;
    return total;
  }

  #queueFor(path: string | undefined): SendQueue {
    let queue = this.#queues.get(path);
    if (queue === undefined) {
      queue = new SendQueue(this.#fd, {
        ...this.#listener,
        onChange: () => this.#update(),
      });
      queue.setRef(this.#isRef);
      this.#queues.set(path, queue);
    }
    return queue;
  }

  #update(): void {
    for (const [path, queue] of this.#queues) if (queue.length === 0) this.#queues.delete(path);
    this.#listener.onChange();
  }

  /** Makes the next {@linkcode Sending.onWritable} return `true`. */
  requestWritable(): void {
    this.#isWritableRequested = true;
    this.#listener.onChange();
  }

  /** Whether to wait until the socket is writable. */
  get needsWritable(): boolean {
    // Datagrams that wait come before new ones.
    return this.#queues.get(undefined)?.needsWritable ?? this.#isWritableRequested;
  }

  /** Sends waiting datagrams. Returns whether that was requested by the program. */
  onWritable(): boolean {
    this.#queues.get(undefined)?.flush();
    this.#update();
    if (!this.#isWritableRequested || this.#queues.has(undefined)) return false;
    this.#isWritableRequested = false;
    return true;
  }

  /** Fails all waiting datagrams. */
  close(): void {
    this.#isWritableRequested = false;
    for (const queue of this.#queues.values()) queue.close();
    this.#queues.clear();
  }

  /** Sets whether waiting datagrams keep the process alive. */
  setRef(isRef: boolean): void {
    this.#isRef = isRef;
    for (const queue of this.#queues.values()) queue.setRef(isRef);
  }
}
