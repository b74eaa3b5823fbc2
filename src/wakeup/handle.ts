/**
 * What travels to another isolate, and how it is known there what the number in it stands for.
 *
 * Whoever opens a handle makes a duplicate of the descriptor, which is his own: what he writes later
 * can't get into a file that was given the same number since. Up to then the number is only good while
 * the wakeup is open, and two things tell that. A shared word says that it was closed. Since a Worker
 * that is terminated doesn't set it any more, the open file also has a mark: its owner, in the sense of
 * fcntl(2), is the thread of its maker, and the kernel forgets that when the thread ends. (An owner is
 * sent a signal when there is something to read, but only for a file that is told to, by `O_ASYNC`.)
 */

import { EBADF, F_DUPFD_CLOEXEC, F_GETOWN_EX, F_OWNER_TID, F_SETOWN_EX } from "../ffi/constants.ts";
import { checked, errno, libc, openMore, systemError } from "../ffi/libc.ts";
import { own } from "../ffi/owned.ts";
import type { Functions, SymbolTable } from "../ffi/symbols.ts";
import { ownThread } from "../ffi/thread.ts";

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

const ownerSymbols = {
  // int fcntl(int fd, int op, struct f_owner_ex *owner)
  fcntl: { args: ["i32", "i32", "buffer"], returns: "i32" },
} as const satisfies SymbolTable;

let ownerFunctions: Functions<typeof ownerSymbols> | undefined;

function ownerLibc(): Functions<typeof ownerSymbols> {
  return ownerFunctions ??= openMore(ownerSymbols);
}

/** Makes the handle for `eventfd`, which belongs to the calling thread. */
export function createHandle(eventfd: number): WakeupHandle {
  const thread = ownThread();
  const owner = new Int32Array([F_OWNER_TID, thread]);
  checked(ownerLibc().fcntl(eventfd, F_SETOWN_EX, owner), "fcntl", eventfd);
  return { fd: eventfd, thread, closed: new SharedArrayBuffer(4) };
}

/** Says that the eventfd of `handle` is about to be closed. */
export function retire(handle: WakeupHandle): void {
  Atomics.store(new Int32Array(handle.closed), 0, 1);
}

/** A duplicate that the calling thread owns; undefined if the other side is closed or gone. */
export function duplicate(handle: WakeupHandle): number | undefined {
  if (!standsFor(handle.fd, handle)) return undefined;
  const fd = libc().fcntl(handle.fd, F_DUPFD_CLOEXEC, 0);
  if (fd === -1) {
    const number = errno();
    if (number === EBADF) return undefined;
    throw systemError("fcntl", handle.fd, number);
  }
  // What has changed hands between the two calls is left open: to close a duplicate of somebody's
  // file would take the locks that he has on it.
  return standsFor(fd, handle) ? own(fd) : undefined;
}

/** Whether the file of `fd` is the eventfd of `handle`, which is open. */
function standsFor(fd: number, handle: WakeupHandle): boolean {
  const owner = new Int32Array(2);
  return ownerLibc().fcntl(fd, F_GETOWN_EX, owner) === 0 &&
    owner[0] === F_OWNER_TID && owner[1] === handle.thread &&
    Atomics.load(new Int32Array(handle.closed), 0) === 0;
}
