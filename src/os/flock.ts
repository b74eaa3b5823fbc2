/** Locks on open files. */

import { checkFlags, type FdLike, toFd } from "../ffi/checks.ts";
import { osLibc } from "../ffi/libc.ts";
import { retryUnlessWouldBlock } from "../ffi/results.ts";

/**
 * Locks or unlocks a file, as flock(2) does. The lock belongs to the open file: all duplicates of
 * the descriptor share it, in other processes too, and it ends with the last of them. It only
 * affects programs that request a lock too.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param operation {@linkcode LOCK_SH}, {@linkcode LOCK_EX} or {@linkcode LOCK_UN}. Without
 * {@linkcode LOCK_NB}, the call blocks the event loop until it gets the lock.
 * @returns Whether the call succeeded; `false` if {@linkcode LOCK_NB} is set and the call would
 * have to wait.
 * @throws {SystemError} As flock(2): `EINVAL` if there is no such operation.
 * @throws {TypeError} If `target` isn't a descriptor, or `operation` isn't an integer.
 * @throws {RangeError} If `operation` has more than 32 bits.
 *
 * @example Lock a directory
 * ```ts
 * import { flock, LOCK_EX, LOCK_NB, O_RDONLY, open } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = [open("/tmp", O_RDONLY), open("/tmp", O_RDONLY)];
 * assertEquals(flock(a, LOCK_EX | LOCK_NB), true);
 * assertEquals(flock(b, LOCK_EX | LOCK_NB), false); // it is taken
 * ```
 */
export function flock(target: FdLike, operation: number): boolean {
  const fd = toFd(target);
  const wanted = checkFlags("operation", operation);
  return retryUnlessWouldBlock("flock", fd, () => osLibc().flock(fd, wanted)) !== undefined;
}
