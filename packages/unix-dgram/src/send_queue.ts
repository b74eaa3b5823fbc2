/** Datagrams that wait until one receiver has room. */

import process from "node:process";
import { createError, toUnixDgramError } from "./errors.ts";
import { type Outgoing, trySend } from "./outgoing.ts";
import { maxTurnTime } from "./turn.ts";
import { WritableProbe } from "./writable_probe.ts";

/** The sending side's callbacks. */
export interface SendListener {
  /** The queues have changed. */
  onChange(): void;
  /** Whether there is a listener for `"error"`. */
  hasErrorListener(): boolean;
  /** A waiting datagram can't be sent. */
  onError(error: unknown): void;
}

/** The callbacks of a queue. */
export interface QueueListener extends SendListener {
  /** A datagram has been sent. */
  onSent(): void;
}

interface Entry {
  readonly datagram: Outgoing;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What a queue waits for: a writable socket, a writable probe, or a delay. */
type Waiting = "socket" | "probe" | "delay" | undefined;

/**
 * The queue for one receiver. It waits until its own socket is writable, if that is connected, and
 * otherwise until a probe is. If a send still would block then, it needs another attempt after a
 * delay.
 */
export class SendQueue {
  readonly #fd: number;
  readonly #listener: QueueListener;
  readonly #probe = new WritableProbe(() => this.#resume());
  readonly #entries: Entry[] = [];
  #waiting: Waiting;
  #isRef = true;

  /**
   * Creates an empty queue.
   *
   * @param fd The socket.
   * @param listener Called after attempts.
   */
  constructor(fd: number, listener: QueueListener) {
    this.#fd = fd;
    this.#listener = listener;
  }

  /** The number of waiting datagrams. */
  get length(): number {
    return this.#entries.length;
  }

  /** Whether to call {@linkcode SendQueue.flush} when the socket is writable. */
  get needsWritable(): boolean {
    return this.#waiting === "socket";
  }

  /** Whether to call {@linkcode SendQueue.retry} after a delay. */
  get needsRetry(): boolean {
    return this.#waiting === "delay";
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
    if (address === undefined) this.#waiting = "socket";
    else this.#waiting = this.#probe.start(address, this.#isRef) ? "probe" : "delay";
  }

  #stopWaiting(): void {
    this.#waiting = undefined;
    this.#probe.close();
  }

  /** Sends to a writable socket. */
  flush(): void {
    if (this.needsWritable) this.#send(false);
  }

  /** Sends after a delay. */
  retry(): void {
    this.#send(true);
  }

  #resume(): void {
    this.#send(false);
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
          this.#waiting = "delay";
          return;
        }
        entry.resolve();
        this.#listener.onSent();
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
    this.#probe.setRef(isRef);
  }
}
