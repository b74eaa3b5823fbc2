/** Descriptors that the library holds. */

import { systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno, libc } from "../ffi/libc.ts";
import { keySymbols } from "../ffi/symbols.ts";
import { keyValue, threadKeys } from "./thread_keys.ts";
import { EINTR } from "../ffi/constants.ts";

/** What the objects of this isolate own, by its number. */
const owned = new Map<number, OwnedFd>();

/** What uses the descriptors that the program has given away, by their numbers. */
const given = new Map<number, CloseListener>();

/** What uses a descriptor until it is told that somebody else closes it, or has closed it. */
export interface CloseListener {
  /** Gives up the descriptor, which is still `open` unless its number is another file's by now. */
  release(open: boolean): void;
}

/**
 * A descriptor that its holder closes. It is closed at the end of the calling thread at the latest, unless
 * the thread owns too many: no code of ours runs in a Worker that is terminated, but the C library still
 * calls the destructors of its thread-specific values, and here the destructor is close(2).
 *
 * A number is owned by one object at a time. One whose number is closed by other means, or is owned by
 * another since, has given it up and doesn't touch it any more.
 */
export class OwnedFd implements Disposable {
  #fd: number;
  #key: number | undefined;

  /** Owns what `open` returns. */
  constructor(open: () => number) {
    // There is next to no time between the two calls, in which a Worker might be terminated.
    const keys = threadKeys();
    const fd = open();
    noteOpened(fd);
    this.#fd = fd;
    owned.set(fd, this);
    if (keys.length === 0) return;
    const { pthread_getspecific, pthread_setspecific } = bindSymbols(keySymbols);
    this.#key = keys.find((key) => Number(pthread_getspecific(key)) === 0);
    if (this.#key !== undefined) pthread_setspecific(this.#key, keyValue(fd));
  }

  /** The descriptor; -1 once closed or given up. */
  get fd(): number {
    return this.#fd;
  }

  /** Gives up the descriptor, for somebody else to close, and returns it; -1 if that has happened before. */
  release(): number {
    const fd = this.#fd;
    if (fd === -1) return fd;
    this.#fd = -1;
    owned.delete(fd);
    letGo(fd, true);
    if (this.#key !== undefined) bindSymbols(keySymbols).pthread_setspecific(this.#key, 0n);
    return fd;
  }

  /** Closes the descriptor. Idempotent. */
  close(): void {
    // In this order, since a Worker may be terminated in between, and the number be another file's then.
    const fd = this.release();
    if (fd !== -1) libc().close(fd);
  }

  /** Does what {@linkcode OwnedFd.close} does. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Gives up `fd`, if it is owned or held, for somebody else to close. */
export function disown(fd: number): void {
  owned.get(fd)?.release();
  letGo(fd, true);
}

/** `fd`, which is new: what still has that number gives it up, having been closed behind its back. */
export function noteOpened(fd: number): number {
  letGo(fd, false);
  owned.get(fd)?.release();
  return fd;
}

/** Lets `holder` know when `fd` is closed by other means of this module, or held by another. */
export function onClose(fd: number, holder: CloseListener): void {
  letGo(fd, true);
  given.set(fd, holder);
}

function letGo(fd: number, open: boolean): void {
  const holder = given.get(fd);
  given.delete(fd);
  holder?.release(open);
}

/** Closes `fd`; an object of ours that owns it gives it up. */
export function closeDescriptor(fd: number): void {
  disown(fd);
  if (libc().close(fd) !== -1) return;
  const errno = lastErrno();
  if (errno !== EINTR) throw systemError(errno, "close", { fd });
}
