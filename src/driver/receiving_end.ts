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
  /** Keeps the process alive, which is how it begins. */
  ref(): void;
  /** Keeps the process alive no longer. */
  unref(): void;
  /** Closes the descriptor. Resolves when it is closed. */
  close(): Promise<void>;
}

/** How a runtime's event loop watches a descriptor. */
export interface ReceiverKind {
  /** Returns whether the runtime closes the descriptor when its Worker is terminated. */
  closesWithIsolate(): boolean;
  /** Gives `fd` to the event loop, which calls `onData` whenever bytes arrive, and drops them. */
  receive(fd: number, onData: () => void): Receiver;
}

/** Makes a socket pair. The event loop watches one end, as `kind` does. */
export function createReceivingPair(kind: ReceiverKind): ReceivingPair {
  const [receiveFd, writeFd] = createSocketpair();
  const writing = new OwnedFd(() => writeFd);
  return { receiving: new GivenEnd(receiveFd, kind), writing };
}

/** Owns the descriptor until the event loop does. */
class GivenEnd implements ReceivingEnd {
  readonly fd: number;
  readonly #owned: OwnedFd;
  readonly #kind: ReceiverKind;
  #receiver: Receiver | undefined;

  /** Takes over `fd`. */
  constructor(fd: number, kind: ReceiverKind) {
    this.fd = fd;
    this.#owned = new OwnedFd(() => fd);
    this.#kind = kind;
  }

  start(onData: () => void): void {
    if (this.#receiver !== undefined) return;
    // A Worker may be terminated in between. With two owners the number would be closed twice, the
    // second time for another file.
    if (this.#kind.closesWithIsolate()) this.#owned.release();
    this.#receiver = this.#kind.receive(this.fd, onData);
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
