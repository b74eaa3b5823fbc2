/**
 * The io_uring doorbell's pair of sockets: the kernel writes to one end, the event loop watches the
 * other.
 */

import type { OwnedFd } from "../sys/owned_fd.ts";
import { createOwnedSocketpair } from "../sys/socketpair.ts";

/** The end that the event loop watches. */
export interface ReceivingEnd extends Disposable {
  /** The descriptor, whoever owns it. */
  readonly fd: number;
  /**
   * Makes the event loop call `onData` whenever bytes arrive. Only the first call has an effect.
   */
  start(onData: () => void): void;
  /** Changes whether the process is kept alive. */
  setRef(ref: boolean): void;
  /** Resolves when the descriptor is closed. */
  close(): Promise<void>;
}

/** Two connected sockets. */
export interface ReceivingPair {
  readonly receiving: ReceivingEnd;
  /** The other end. */
  readonly writing: OwnedFd;
}

/** A descriptor that the runtime's own event loop watches. */
export interface Receiver {
  /** Keeps the process alive, which is how it begins. */
  ref(): void;
  /** Keeps the process alive no longer. */
  unref(): void;
  /** Closes the descriptor. Resolves when it is closed. */
  close(): Promise<void>;
}

/**
 * Gives a descriptor to the event loop, which calls `onData` whenever bytes arrive, and drops them.
 *
 * Releases the descriptor right before if the runtime closes it when its Worker is terminated. With
 * two owners the number would be closed twice, the second time for another file. A Worker can be
 * terminated wherever a function begins, so nothing comes in between.
 */
export type Receive = (owned: OwnedFd, onData: () => void) => Receiver;

/** Makes a socket pair. The event loop gets one end by `receive`. */
export function createReceivingPair(receive: Receive): ReceivingPair {
  const [receiving, writing] = createOwnedSocketpair();
  return { receiving: new GivenEnd(receiving, receive), writing };
}

/** Owns the descriptor until the event loop does. */
class GivenEnd implements ReceivingEnd {
  readonly fd: number;
  readonly #owned: OwnedFd;
  readonly #receive: Receive;
  #receiver: Receiver | undefined;

  /** Takes over `owned`. */
  constructor(owned: OwnedFd, receive: Receive) {
    this.fd = owned.fd;
    this.#owned = owned;
    this.#receive = receive;
  }

  start(onData: () => void): void {
    this.#receiver ??= this.#receive(this.#owned, onData);
  }

  setRef(ref: boolean): void {
    if (ref) this.#receiver?.ref();
    else this.#receiver?.unref();
  }

  async close(): Promise<void> {
    if (this.#receiver === undefined) return this.#owned.close();
    this.#owned.release();
    await this.#receiver.close();
  }

  /** Closes the descriptor, unless the event loop has it. */
  [Symbol.dispose](): void {
    this.#owned.close();
  }
}
