/** The sending side of a socket: a queue for each receiver that is busy. */

import { createCongestionError } from "./errors.ts";
import { keyOf, type Outgoing, trySend } from "./outgoing.ts";
import { RetryTimer } from "./retry_timer.ts";
import { type SendListener, SendQueue } from "./send_queue.ts";

/**
 * How many queues may still be blocked before the others wait for the next delay. If the socket's
 * own send buffer is full, all are.
 */
const maxBlocked = 4;

/** The callbacks of the sending side. */
export interface SendingListener extends SendListener {
  /** Whether there is a listener for `"writable"`. */
  hasWritableListener(): boolean;
}

/** Sends datagrams. A busy receiver doesn't delay datagrams for other receivers. */
export class Sending {
  readonly #fd: number;
  readonly #maxQueued: number;
  readonly #listener: SendingListener;
  /** Queues by receiver. The connected receiver's key is undefined. */
  readonly #queues = new Map<string | undefined, SendQueue>();
  readonly #timer = new RetryTimer(() => this.#retry());
  #isWritableRequested = false;
  #isRef = true;

  /**
   * Creates the sending side.
   *
   * @param fd The socket.
   * @param maxQueued The largest number of waiting datagrams.
   * @param listener Called when {@linkcode Sending.needsWritable} may have changed, and for errors.
   */
  constructor(fd: number, maxQueued: number, listener: SendingListener) {
    this.#fd = fd;
    this.#maxQueued = maxQueued;
    this.#listener = listener;
  }

  /** Sends now, or returns `false` if that would block or overtake waiting datagrams. */
  trySend(datagram: Outgoing): boolean {
    if (this.#queues.size > 0 && this.#queues.has(keyOf(datagram))) return false;
    if (!trySend(this.#fd, datagram)) return false;
    this.#timer.reset();
    return true;
  }

  /** Sends when the receiver has room. Resolves then. */
  sendLater(datagram: Outgoing, signal: AbortSignal | undefined): Promise<void> {
    if (this.#countQueued() >= this.#maxQueued) {
      const full = Promise.reject(createCongestionError());
      // As in npm's package, a program may ignore that.
      full.catch(() => {});
      return full;
    }
    const sent = this.#queueFor(keyOf(datagram)).add(datagram, signal);
    this.#update();
    return sent;
  }

  #countQueued(): number {
    let total = 0;
    for (const { length } of this.#queues.values()) total += length;
    return total;
  }

  #queueFor(key: string | undefined): SendQueue {
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = new SendQueue(this.#fd, {
        ...this.#listener,
        onChange: () => this.#update(),
        onSent: () => this.#timer.reset(),
      });
      queue.setRef(this.#isRef);
      this.#queues.set(key, queue);
    }
    return queue;
  }

  #update(): void {
    let needsRetry = false;
    for (const [key, queue] of this.#queues) {
      if (queue.length === 0) this.#queues.delete(key);
      needsRetry ||= queue.needsRetry;
    }
    if (!needsRetry) this.#timer.cancel();
    else if (!this.#timer.isPending) this.#timer.start();
    this.#listener.onChange();
  }

  #retry(): void {
    let blocked = 0;
    for (const [key, queue] of [...this.#queues]) {
      if (!queue.needsRetry || blocked === maxBlocked) continue;
      queue.retry();
      if (queue.length === 0) continue;
      blocked++;
      // The others come first the next time.
      this.#queues.delete(key);
      this.#queues.set(key, queue);
    }
    this.#update();
  }

  /** Makes {@linkcode Sending.onWritable} return `true` once. */
  requestWritable(): void {
    this.#isWritableRequested = true;
    this.#listener.onChange();
  }

  /** Whether to wait until the socket is writable. */
  get needsWritable(): boolean {
    // Datagrams that wait come before new ones.
    return this.#queues.get(undefined)?.needsWritable ?? this.#mayEmitWritable;
  }

  get #mayEmitWritable(): boolean {
    return this.#isWritableRequested && this.#listener.hasWritableListener();
  }

  /** Sends waiting datagrams. Returns whether that was requested by the program. */
  onWritable(): boolean {
    this.#queues.get(undefined)?.flush();
    this.#update();
    if (!this.#mayEmitWritable || this.#queues.has(undefined)) return false;
    this.#isWritableRequested = false;
    return true;
  }

  /** Fails all waiting datagrams. */
  close(): void {
    this.#isWritableRequested = false;
    this.#timer.cancel();
    for (const queue of this.#queues.values()) queue.close();
    this.#queues.clear();
  }

  /** Sets whether waiting datagrams keep the process alive. */
  setRef(isRef: boolean): void {
    this.#isRef = isRef;
    this.#timer.setRef(isRef);
    for (const queue of this.#queues.values()) queue.setRef(isRef);
  }
}
