/** Datagrams that wait until one receiver has room. */

import process from "node:process";
import { createError, toUnixDgramError } from "./errors.ts";
import { type Outgoing, trySend } from "./outgoing.ts";
import { RetryTimer } from "./retry_timer.ts";
import { maxTurnTime } from "./turn.ts";
import { WritableProbe } from "./writable_probe.ts";

/** The sending side's callbacks. */
export interface SendListener {
  /** The queues have changed. */
  onChange(): void;
  /** Whether there is a listener for errors. */
  hasErrorListener(): boolean;
  /** A waiting datagram can't be sent. */
  onError(error: unknown): void;
}

interface Entry {
  readonly datagram: Outgoing;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The queue for one receiver. It waits until its own socket is writable, if that is connected, and
 * otherwise until a probe is. If a send still would block then, it tries again after a delay.
 */
export class SendQueue {
  readonly #fd: number;
  readonly #listener: SendListener;
  readonly #timer = new RetryTimer(() => this.#resume(true));
  readonly #probe = new WritableProbe(() => this.#resume(false));
  readonly #entries: Entry[] = [];
  #needsWritable = false;
  #isRef = true;

  /**
   * Creates an empty queue.
   *
   * @param fd The socket.
   * @param listener Called after delayed attempts.
   */
  constructor(fd: number, listener: SendListener) {
    this.#fd = fd;
    this.#listener = listener;
  }

  /** The number of waiting datagrams. */
  get length(): number {
    return this.#entries.length;
  }

  /** Whether to call {@linkcode SendQueue.flush} when the socket is writable. */
  get needsWritable(): boolean {
    return this.#needsWritable;
  }

  /** Adds a datagram that would have blocked. Resolves when it has been sent. */
  add(datagram: Outgoing, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      this.#remove(entry);
      entry.reject(signal?.reason);
      this.#listener.onChange();
    };
    const settle = <T>(callback: (value: T) => void) => (value: T) => {
      signal?.removeEventListener("abort", onAbort);
      callback(value);
    };
    const entry: Entry = {
      datagram,
      promise,
      resolve: settle(resolve),
      reject: settle(reject),
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#entries.push(entry);
    if (this.#entries.length === 1) this.#waitForRoom(datagram);
    return promise;
  }

  #remove(entry: Entry): void {
    const index = this.#entries.indexOf(entry);
    if (index >= 0) this.#entries.splice(index, 1);
    if (this.#entries.length === 0) this.#stopWaiting();
  }

  #waitForRoom({ address }: Outgoing): void {
    if (address === undefined) this.#needsWritable = true;
    else if (!this.#probe.start(address, this.#isRef)) this.#timer.start();
  }

  #stopWaiting(): void {
    this.#needsWritable = false;
    this.#probe.close();
    this.#timer.cancel();
  }

  /** Sends to a writable socket. */
  flush(): void {
    if (!this.#needsWritable) return;
    this.#needsWritable = false;
    this.#send(false);
  }

  #resume(isDelayed: boolean): void {
    this.#send(isDelayed);
    this.#listener.onChange();
  }

  #send(mayWaitForRoom: boolean): void {
    const deadline = performance.now() + maxTurnTime;
    for (let entry; (entry = this.#entries[0]) !== undefined;) {
      if (performance.now() > deadline) return this.#waitForRoom(entry.datagram);
      try {
        if (!trySend(this.#fd, entry.datagram)) {
          if (mayWaitForRoom) return this.#waitForRoom(entry.datagram);
          // The event for this state would come again at once.
          this.#probe.close();
          return this.#timer.start();
        }
        entry.resolve();
        this.#timer.reset();
        mayWaitForRoom = true;
      } catch (error) {
        this.#fail(entry, toUnixDgramError(error, "send", entry.datagram.path));
      }
      this.#entries.shift();
    }
    this.#stopWaiting();
  }

  #fail({ promise, reject }: Entry, error: unknown): void {
    if (this.#listener.hasErrorListener()) {
      promise.catch(() => {});
      process.nextTick(() => this.#listener.onError(error));
    }
    reject(error);
  }

  /** Rejects all datagrams. As in npm's package, a program may ignore that. */
  close(): void {
    this.#stopWaiting();
    for (const { datagram, promise, reject } of this.#entries.splice(0)) {
      promise.catch(() => {});
      reject(createError("ECANCELED", "The socket was closed", "send", datagram.path));
    }
  }

  /** Sets whether waiting keeps the process alive. */
  setRef(isRef: boolean): void {
    this.#isRef = isRef;
    this.#timer.setRef(isRef);
    this.#probe.setRef(isRef);
  }
}
