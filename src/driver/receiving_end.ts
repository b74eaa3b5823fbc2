/** The end of the io_uring doorbell's socket pair that the event loop watches. */

import { OwnedFd } from "../sys/owned_fd.ts";

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

/** Owns the descriptor until the event loop does. */
export class ReceivingEnd implements Disposable {
  /** The descriptor, whoever owns it. */
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

  /** From now on the event loop calls `onData`. Only the first call of this method has an effect. */
  start(onData: () => void): void {
    if (this.#receiver !== undefined) return;
    this.#receiver = this.#receive(this.fd, onData);
    if (this.#receiver.closesWithIsolate) this.#owned.release();
  }

  /** Changes whether the process is kept alive. */
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
