/** Calls for every descriptor: closing, duplicating, flags. */

import { checkBoolean, checkFlags, checkInteger, type FdLike, toFd } from "../ffi/checks.ts";
import { F_DUPFD_CLOEXEC, F_GETFL, F_SETFL, O_NONBLOCK } from "../ffi/constants.ts";
import { libc } from "../ffi/libc.ts";
import { retryOnEintr, throwIfFailed } from "../ffi/results.ts";
import { closeDescriptor, noteOpened } from "../sys/fd_table.ts";

/** Not exported: the duplicate would not be close-on-exec. */
const F_DUPFD = 0;

/**
 * Closes a descriptor. If a wait for it may be pending, use `closeFd` instead, or call
 * `notifyClosing` first.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @throws {SystemError} As close(2). On Linux the descriptor is closed even then, except for
 * `EBADF`.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Close both ends of a pipe
 * ```ts
 * import { close, pipe } from "@fdready/fdready/os";
 * import { assertThrows } from "@std/assert";
 *
 * const [from, to] = pipe();
 * close(from);
 * close(to);
 * assertThrows(() => close(to), Error, "EBADF");
 * ```
 */
export function close(target: FdLike): void {
  closeDescriptor(toFd(target));
}

/**
 * Duplicates a descriptor. The new one is close-on-exec. Whether it blocks is a property of the
 * open file, which both descriptors share.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @returns The new descriptor.
 * @throws {SystemError} As fcntl(2): `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Read from a duplicate
 * ```ts
 * import { dup, pipe, read, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader, writer] = pipe();
 * write(writer, new TextEncoder().encode("hello"));
 * assertEquals(read(dup(reader), new Uint8Array(64)), 5);
 * ```
 */
export function dup(target: FdLike): number {
  const fd = toFd(target);
  return noteOpened(throwIfFailed(libc().fcntl(fd, F_DUPFD_CLOEXEC, 0), "fcntl", fd));
}

/**
 * Sets whether reads and writes block. That is a property of the open file, which all its
 * descriptors share, in other processes too.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param on `true` for calls that don't block, `false` for calls that do.
 * @returns Whether it was nonblocking before.
 * @throws {SystemError} As fcntl(2).
 * @throws {TypeError} If `target` isn't a descriptor, or `on` is neither `true` nor `false`.
 *
 * @example Make a pipe block
 * ```ts
 * import { pipe, setNonblocking } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader] = pipe();
 * assertEquals(setNonblocking(reader, false), true);
 * assertEquals(setNonblocking(reader, true), false);
 * ```
 */
export function setNonblocking(target: FdLike, on: boolean): boolean {
  const fd = toFd(target);
  checkBoolean("argument on", on);
  const flags = throwIfFailed(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
  const wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (wanted !== flags) throwIfFailed(libc().fcntl(fd, F_SETFL, wanted), "fcntl", fd);
  return (flags & O_NONBLOCK) !== 0;
}

/**
 * Performs an operation on a descriptor or its open file, with fcntl(2). Commands with a struct
 * instead of a number, such as record locks, aren't supported.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param command The command, such as {@linkcode F_GETFL} or {@linkcode F_SETPIPE_SZ}.
 * @param argument The argument of the command (default: 0).
 * @returns The result of the command, which is 0 for most.
 * @throws {SystemError} As fcntl(2): `EINVAL` if the kernel doesn't know the command.
 * @throws {TypeError} If `target` isn't a descriptor, or `command` or `argument` isn't an integer.
 * @throws {RangeError} If `command` isn't a C `int`, or `argument` has more than 32 bits.
 *
 * @example Enlarge a pipe
 * ```ts
 * import { F_SETPIPE_SZ, fcntl, pipe, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [, writer] = pipe();
 * assertEquals(fcntl(writer, F_SETPIPE_SZ, 262_144), 262_144);
 * assertEquals(write(writer, new Uint8Array(1_000_000)), 262_144);
 * ```
 *
 * @example Test whether a file is open for writing
 * ```ts
 * import { F_GETFL, fcntl, O_ACCMODE, O_RDONLY, pipe } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader] = pipe();
 * assertEquals(fcntl(reader, F_GETFL) & O_ACCMODE, O_RDONLY);
 * ```
 */
export function fcntl(target: FdLike, command: number, argument = 0): number {
  const fd = toFd(target);
  checkInteger("command", command);
  const word = checkFlags("argument", argument);
  const result = retryOnEintr("fcntl", fd, () => libc().fcntl(fd, command, word));
  return command === F_DUPFD || command === F_DUPFD_CLOEXEC ? noteOpened(result) : result;
}
