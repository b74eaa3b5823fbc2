/** Ownership of a descriptor. */

import { bindSymbols, libc } from "../ffi/libc.ts";
import { keySymbols } from "../ffi/symbols.ts";
import { addOwner, noteOpened, removeOwner } from "./fd_table.ts";
import { keyValue, threadKeys } from "./thread_keys.ts";

/**
 * A descriptor that this object closes. It is closed at the end of the calling thread at the latest, unless
 * the thread owns too many: none of this code runs in a Worker that is terminated, but the C library still
 * calls the destructors of its thread-specific values, and here the destructor is close(2).
 *
 * One object at a time owns a number. If other code closes the number, or another object owns it by now,
 * this object has given it up and doesn't touch it any more.
 */
export class OwnedFd implements Disposable {
  #fd: number;
  #key: number | undefined;

  /** Owns the descriptor that `open` returns. */
  constructor(open: () => number) {
    // There is next to no time between the two calls, in which a Worker might be terminated.
    const keys = threadKeys();
    const fd = noteOpened(open());
    this.#fd = fd;
    addOwner(fd, this);
    if (keys.length === 0) return;
    const { pthread_getspecific, pthread_setspecific } = bindSymbols(keySymbols);
    this.#key = keys.find((key) => Number(pthread_getspecific(key)) === 0);
    if (this.#key !== undefined) pthread_setspecific(this.#key, keyValue(fd));
  }

  /** The descriptor; -1 once closed or given up. */
  get fd(): number {
    return this.#fd;
  }

  /** Gives up the descriptor, for other code to close, and returns it; -1 if there is none any more. */
  release(): number {
    const fd = this.#fd;
    if (fd === -1) return fd;
    this.#fd = -1;
    removeOwner(fd);
    if (this.#key !== undefined) bindSymbols(keySymbols).pthread_setspecific(this.#key, 0n);
    return fd;
  }

  /** Closes the descriptor. Idempotent. */
  close(): void {
    // Released first, because a Worker may be terminated in between, and then the number be another file's.
    const fd = this.release();
    if (fd !== -1) libc().close(fd);
  }

  /** Calls {@linkcode OwnedFd.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
