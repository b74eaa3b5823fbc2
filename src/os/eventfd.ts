/** Counters as descriptors. */

import { checkFlags, checkInteger } from "../ffi/checks.ts";
import { O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";

/**
 * Makes a counter, nonblocking and close-on-exec. Its descriptor is readable while the count isn't
 * 0. A write of 8 bytes, a 64-bit number, adds to the count. A read of 8 bytes returns the count
 * and sets it to 0; with {@linkcode EFD_SEMAPHORE}, it returns 1 and subtracts 1.
 *
 * @param initial The initial count (default: 0).
 * @param flags {@linkcode EFD_SEMAPHORE}, or 0, which is the default.
 * @returns The descriptor.
 * @throws {SystemError} As eventfd(2): `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If an argument isn't an integer.
 * @throws {RangeError} If `initial` is negative or has more than 32 bits, or `flags` has more than
 * 32 bits.
 *
 * @example Count events
 * ```ts
 * import { eventfd, read, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = eventfd(2);
 * write(fd, new BigUint64Array([3n]));
 * const count = new BigUint64Array(1);
 * assertEquals(read(fd, count), 8);
 * assertEquals(count[0], 5n);
 * assertEquals(read(fd, count), undefined); // it would block
 * ```
 */
export function eventfd(initial = 0, flags = 0): number {
  checkInteger("initial count", initial, 0, 0xffff_ffff);
  const allFlags = checkFlags("flags", flags) | O_NONBLOCK | O_CLOEXEC;
  return noteOpened(throwIfFailed(libc().eventfd(initial, allFlags), "eventfd"));
}
