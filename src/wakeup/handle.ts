/**
 * How another isolate knows what the number in a handle stands for.
 *
 * Opening a handle duplicates the descriptor, so that later writes can't go to another file that
 * gets the same number. Until then, the number is valid only while the wakeup is open. Two things
 * tell whether it is. A word in shared memory is set when the wakeup is closed. A terminated Worker
 * can't set it, so the open file also has a mark: its owner is the thread that made it, which the
 * kernel forgets when the thread ends.
 */

import { EBADF, F_DUPFD_CLOEXEC } from "../ffi/constants.ts";
import { currentThread, hasOwnerThread, setOwnerThread } from "../sys/thread.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { EventFd } from "../sys/eventfd.ts";

/**
 * Lets another isolate of this process wake a manager or a {@linkcode Wakeup}. It is plain data:
 * send it by `postMessage`, and pass what arrives to {@linkcode openWakeup}.
 */
export interface WakeupHandle {
  /** The eventfd. */
  readonly fd: number;
  /** The thread that made it. */
  readonly thread: number;
  /** One 32-bit word: 1 once the eventfd is closed. */
  readonly closed: SharedArrayBuffer;
}

/** Makes the handle for `eventfd`, which belongs to the calling thread. */
export function createHandle(eventfd: number): WakeupHandle {
  const thread = currentThread();
  setOwnerThread(eventfd, thread);
  return { fd: eventfd, thread, closed: new SharedArrayBuffer(4) };
}

/** Marks the eventfd of `handle` as closed, right before it is, here or by other code. */
export function retire(handle: WakeupHandle): void {
  Atomics.store(new Int32Array(handle.closed), 0, 1);
}

/** Duplicates the eventfd for the calling thread. Undefined if the other side is closed or gone. */
export function duplicate(handle: WakeupHandle): EventFd | undefined {
  if (isClosed(handle) || !hasOwnerThread(handle.fd, handle.thread)) return undefined;
  const fd = libc().fcntl(handle.fd, F_DUPFD_CLOEXEC, 0);
  if (fd === -1) {
    const errno = lastErrno();
    if (errno === EBADF) return undefined;
    throw systemError(errno, "fcntl", { fd: handle.fd });
  }
  // If the number came to stand for another file between the two calls, the duplicate stays open: closing it would release the locks that the file's owner holds.
  if (!hasOwnerThread(fd, handle.thread)) return undefined;
  const owned = new EventFd(() => fd);
  if (!isClosed(handle)) return owned;
  owned.close();
}

function isClosed(handle: WakeupHandle): boolean {
  return Atomics.load(new Int32Array(handle.closed), 0) === 1;
}
