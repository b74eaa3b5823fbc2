/** Watching a socket, with few system calls. */

import { type FdWatch, type Readiness, watch } from "@fdready/fdready";

/**
 * A watch that changes its directions only if they differ. `FdWatch.interest` makes a system call
 * in any case, to find out whether other code has closed the descriptor.
 */
export class SocketWatch {
  readonly #watch: FdWatch;
  #readable = false;
  #writable = false;

  /**
   * Creates a paused watch.
   *
   * @param fd The socket.
   * @param onReady Called with the ready directions.
   */
  constructor(fd: number, onReady: (ready: Readiness) => void) {
    this.#watch = watch(fd, {}, onReady);
  }

  /** The socket. */
  get fd(): number {
    return this.#watch.fd;
  }

  /** Sets the directions. */
  update(readable: boolean, writable: boolean): void {
    if (readable === this.#readable && writable === this.#writable) return;
    this.#watch.interest({ readable, writable });
    this.#readable = readable;
    this.#writable = writable;
  }

  /** Sets whether the watch keeps the process alive. */
  setRef(isRef: boolean): void {
    if (isRef) this.#watch.ref();
    else this.#watch.unref();
  }

  /** Ends the watch. The descriptor stays open. */
  close(): void {
    this.#watch.close();
  }
}
