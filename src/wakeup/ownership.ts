/**
 * The descriptor behind all handles of one wakeup, and who still needs it.
 *
 * A handle travels by postMessage, and what arrives is a copy. The copies share one `dup` of the
 * eventfd and, in a SharedArrayBuffer, the number of those who may still write to it: the wakeup
 * itself and each opened remote. Whoever leaves last closes the dup. So its number can't be recycled
 * while anyone could wake through it, and a handle that nobody ever opens leaks nothing. A Worker
 * that is terminated never leaves; what stays behind is this one descriptor, however many Workers
 * that happens to.
 */

import { F_DUPFD_CLOEXEC } from "../ffi/constants.ts";
import { checked, libc } from "../ffi/libc.ts";

/**
 * Lets another isolate of this process wake a manager or a {@linkcode Wakeup}. It is plain data:
 * send it by `postMessage`, then call {@linkcode openWakeup} on what arrives.
 */
export interface WakeupHandle {
  /** A duplicate of the eventfd, kept for as long as anyone can wake through it. */
  readonly fd: number;
  /** One 32-bit counter: how many may still write to `fd`. At 0 it is closed. */
  readonly users: SharedArrayBuffer;
}

/** Makes the handle for `eventfd`; its maker counts as the first user. */
export function shareEventfd(eventfd: number): WakeupHandle {
  const users = new SharedArrayBuffer(4);
  const fd = checked(libc().fcntl(eventfd, F_DUPFD_CLOEXEC, 0), "fcntl", eventfd);
  Atomics.store(new Int32Array(users), 0, 1);
  return { fd, users };
}

/** Joins the users of `handle`; false if the last one has left, so that its fd is closed. */
export function join(handle: WakeupHandle): boolean {
  const users = new Int32Array(handle.users);
  for (let count = Atomics.load(users, 0); count > 0;) {
    const seen = Atomics.compareExchange(users, 0, count, count + 1);
    if (seen === count) return true;
    count = seen;
  }
  return false;
}

/** Leaves the users of `handle`, closing its fd if nobody is left. */
export function leave(handle: WakeupHandle): void {
  if (Atomics.sub(new Int32Array(handle.users), 0, 1) === 1) libc().close(handle.fd);
}
