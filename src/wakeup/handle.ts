/**
 * A handle travels to another isolate. This says how that knows what the number in it stands for.
 *
 * To open a handle makes a duplicate of the descriptor, so that later writes can't get into a file that
 * was given the same number since. Up to then the number is only good while the wakeup is open, and two
 * things tell that. A shared word says that it was closed. A Worker that is terminated doesn't set it
 * any more, so the open file also has a mark: its owner is the thread of its maker, which the kernel
 * forgets when the thread ends.
 */

import { EBADF, F_DUPFD_CLOEXEC } from "../ffi/constants.ts";
import { isMarkedBy, markFile } from "../ffi/file_mark.ts";
import { errno, libc, systemError } from "../ffi/libc.ts";
import { EventFd } from "../ffi/eventfd.ts";
import { currentThread } from "../ffi/thread.ts";

/**
 * Lets another isolate of this process wake a manager or a {@linkcode Wakeup}. It is plain data:
 * send it by `postMessage`, then call {@linkcode openWakeup} on what arrives.
 */
export interface WakeupHandle {
  /** The eventfd. */
  readonly fd: number;
  /** The thread that has made it. */
  readonly thread: number;
  /** One 32-bit word: 1 once the eventfd is closed. */
  readonly closed: SharedArrayBuffer;
}

/** Makes the handle for `eventfd`, which belongs to the calling thread. */
export function createHandle(eventfd: number): WakeupHandle {
  const thread = currentThread();
  markFile(eventfd, thread);
  return { fd: eventfd, thread, closed: new SharedArrayBuffer(4) };
}

/** Says that the eventfd of `handle` is about to be closed, here or by somebody else. */
export function retire(handle: WakeupHandle): void {
  Atomics.store(new Int32Array(handle.closed), 0, 1);
}

/** A duplicate that the calling thread owns; undefined if the other side is closed or gone. */
export function duplicate(handle: WakeupHandle): EventFd | undefined {
  if (isClosed(handle) || !isMarkedBy(handle.fd, handle.thread)) return undefined;
  const fd = libc().fcntl(handle.fd, F_DUPFD_CLOEXEC, 0);
  if (fd === -1) {
    const number = errno();
    if (number === EBADF) return undefined;
    throw systemError(number, "fcntl", handle.fd);
  }
  // If the number has changed hands between the two calls, the duplicate is left open: to close one of
  // somebody's file would take the locks that he has on it.
  if (!isMarkedBy(fd, handle.thread)) return undefined;
  const owned = new EventFd(() => fd);
  if (!isClosed(handle)) return owned;
  owned.close();
}

function isClosed(handle: WakeupHandle): boolean {
  return Atomics.load(new Int32Array(handle.closed), 0) === 1;
}
