/** Locks on open files. */

import { checkFlags, type FdLike, toFd } from "../ffi/checks.ts";
import { osLibc } from "../ffi/libc.ts";
import { retryUnlessWouldBlock } from "../ffi/results.ts";

/**
 * Locks or unlocks a file, by flock(2). The lock belongs to the open file: all duplicates of the
 * descriptor share it, in other processes too, and it ends with the last of them. It only affects
 * programs that ask for a lock too.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @param operation {@linkcode LOCK_SH}, {@linkcode LOCK_EX} or {@linkcode LOCK_UN}. Without
 * {@linkcode LOCK_NB}, it blocks the event loop until it gets the lock.
 * @returns Whether it is done; `false` if it would have to wait and {@linkcode LOCK_NB} is set.
 * @throws {SystemError} As flock(2): `EINVAL` if there is no such operation.
 * @throws {TypeError} If `fd` isn't a descriptor, or `operation` isn't an integer.
 * @throws {RangeError} If `operation` has more than 32 bits.
 *
 * @example
 * ```ts
 * import { flock, LOCK_EX, LOCK_NB, O_RDONLY, open } from "@fdready/fdready/os";
 *
 * const [one, other] = [open("/tmp", O_RDONLY), open("/tmp", O_RDONLY)];
 * console.log(flock(one, LOCK_EX | LOCK_NB)); // true
 * console.log(flock(other, LOCK_EX | LOCK_NB)); // false: it is taken
 * ```
 */
export function flock(fd: FdLike, operation: number): boolean {
  const number = toFd(fd);
  const wanted = checkFlags("operation", operation);
  const call = () => osLibc().flock(number, wanted);
  return retryUnlessWouldBlock("flock", number, call) !== undefined;
}
