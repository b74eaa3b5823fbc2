/**
 * The io_uring doorbell's pair of sockets: the kernel writes to one end, the event loop watches the
 * other.
 */

import { OwnedFd } from "../sys/owned_fd.ts";
import { createSocketpair } from "../sys/socketpair.ts";

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
  /** Whether the runtime closes the descriptor when its isolate, a Worker, is terminated. */
  readonly closesWithIsolate: boolean;
  /** Keeps the process alive, which is how it begins. */
  ref(): void;
  /** Keeps the process alive no longer. */
  unref(): void;
  /** Closes the descriptor. Resolves when it is closed. */
  close(): Promise<void>;
}

/** Gives `fd` to the event loop, which calls `onData` whenever bytes arrive, and drops them. */
export type Receive = (fd: number, onData: () => void) => Receiver;

/** Makes a socket pair. `receive` gives one end to the event loop. */
export function createReceivingPair(receive: Receive): ReceivingPair {
  const [receiveFd, writeFd] = createSocketpair();
  const writing = new OwnedFd(() => writeFd);
  return { receiving: new GivenEnd(receiveFd, receive), writing };
}

/** Owns the descriptor until the event loop does. */
class GivenEnd implements ReceivingEnd {
  readonly fd: number;
  readonly #owned: OwnedFd;
  readonly #receive: Receive;
  #receiver: Receiver | undefined;

  /** Takes over `fd`. */
  constructor(fd: number, receive: Receive) {
    this.fd = fd;
    this.#owned = new OwnedFd(() => fd);
    this.#receive = receive;
  }

  start(onData: () => void): void {
    if (this.#receiver !== undefined) return;
    this.#receiver = this.#receive(this.fd, onData);
    if (this.#receiver.closesWithIsolate) this.#owned.release();
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
