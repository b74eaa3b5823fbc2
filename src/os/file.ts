/** Functions for any descriptor. */

import { getByteLength, toSize } from "../ffi/bytes.ts";
import { closeDescriptor, noteOpened } from "../sys/owned_fd.ts";
import {
  checkBoolean,
  checkFlags,
  checkUnsignedFlags,
  cString,
  type FdLike,
  inspectLine,
  toFd,
} from "../ffi/checks.ts";
import { EAGAIN, EINTR, F_DUPFD_CLOEXEC, F_GETFL, F_SETFL } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./open_constants.ts";

/**
 * Opens a file, nonblocking and close-on-exec.
 *
 * @param path The file's path.
 * @param flags `O_*` constants, combined by `|`.
 * @param mode The permissions of a file that it creates.
 * @returns The descriptor.
 * @throws {SystemError} As open(2).
 * @throws {TypeError} If `path` isn't a string, or contains a NUL or a lone surrogate, or if
 * `flags` or `mode` isn't an integer.
 * @throws {RangeError} If `flags` or `mode` has more than 32 bits.
 *
 * @example
 * ```ts
 * import { close, O_RDONLY, open } from "@fdready/fdready/os";
 *
 * close(open("/dev/null", O_RDONLY));
 * ```
 */
export function open(path: string, flags: number, mode = 0o666): number {
  const name = cString(path);
  if (typeof flags !== "number") {
    throw new TypeError(
      `The flags must be O_* constants, such as O_RDWR | O_NOCTTY, got ${inspectLine(flags)}`,
    );
  }
  const allFlags = checkFlags("flags", flags) | O_NONBLOCK | O_CLOEXEC;
  const permissions = checkUnsignedFlags("mode", mode);
  for (;;) {
    const fd = osLibc().open(name, allFlags, permissions);
    if (fd !== -1) return noteOpened(fd);
    const errno = lastErrno();
    if (errno !== EINTR) throw systemError(errno, "open", { path });
  }
}

/**
 * Closes a descriptor. If a wait for it may be pending, use `closeFd` instead, or call
 * `notifyClosing` first.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @throws {SystemError} As close(2). On Linux the descriptor is closed even then, except for
 * `EBADF`.
 * @throws {TypeError} If `fd` isn't a descriptor.
 *
 * @example
 * ```ts
 * import { close, pipe } from "@fdready/fdready/os";
 *
 * const [from, to] = pipe();
 * close(from);
 * close(to);
 * ```
 */
export function close(fd: FdLike): void {
  closeDescriptor(toFd(fd));
}

/**
 * Duplicates a descriptor. The new one is close-on-exec. Whether it blocks is a property of the
 * open file, which stays as it is.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @returns The new descriptor.
 * @throws {SystemError} As fcntl(2).
 * @throws {TypeError} If `fd` isn't a descriptor.
 *
 * @example
 * ```ts
 * import { dup, pipe } from "@fdready/fdready/os";
 *
 * const [from] = pipe();
 * console.log(dup(from) !== from); // true
 * ```
 */
export function dup(fd: FdLike): number {
  const number = toFd(fd);
  return noteOpened(throwIfFailed(libc().fcntl(number, F_DUPFD_CLOEXEC, 0), "fcntl", number));
}

/**
 * Reads what is there, at most as many bytes as the buffer has. Descriptors that came with the
 * bytes over a Unix socket are closed unseen; {@linkcode recvmsg} takes them.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @param buffer Where to put the bytes: a typed array or a DataView.
 * @returns The number of bytes; 0 at the end of the file, `undefined` if it would block. A terminal
 * whose `VMIN` and `VTIME` are 0 returns 0 where it would block.
 * @throws {SystemError} As read(2).
 * @throws {TypeError} If `fd` isn't a descriptor, or `buffer` isn't a view of memory, is detached,
 * or has no bytes.
 *
 * @example
 * ```ts
 * import { close, pipe, read, write } from "@fdready/fdready/os";
 *
 * const [from, to] = pipe();
 * const buffer = new Uint8Array(64);
 * console.log(read(from, buffer)); // undefined: it would block
 * write(to, new TextEncoder().encode("hello"));
 * console.log(read(from, buffer)); // 5
 * close(to);
 * console.log(read(from, buffer)); // 0: the end
 * ```
 */
export function read(fd: FdLike, buffer: ArrayBufferView): number | undefined {
  return readFrom(toFd(fd), buffer);
}

/** As {@linkcode read}, but errors name `given`, another descriptor of the same file. */
export function readFrom(
  fd: number,
  buffer: ArrayBufferView,
  given: number = fd,
): number | undefined {
  const length = getByteLength(buffer);
  if (length === 0) throw new TypeError("There is no room to read into: 0 bytes");
  const size = toSize(length);
  for (;;) {
    const count = libc().read(fd, buffer, size);
    if (count !== -1) return count;
    const errno = lastErrno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw systemError(errno, "read", { fd: given });
  }
}

/**
 * Writes as much as the descriptor takes without blocking.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @param data What to write: a typed array or a DataView, taken as its bytes.
 * @returns The number of bytes written, maybe fewer than given; `undefined` if it would block.
 * @throws {SystemError} As write(2): `EPIPE` if nobody can read it any more.
 * @throws {TypeError} If `fd` isn't a descriptor, or `data` isn't a view of memory, or is detached.
 *
 * @example
 * ```ts
 * import { pipe, write } from "@fdready/fdready/os";
 *
 * const [, to] = pipe();
 * console.log(write(to, new Uint8Array(1_000_000))); // 65536: what a pipe holds
 * console.log(write(to, new Uint8Array(1))); // undefined: it would block
 * ```
 */
export function write(fd: FdLike, data: ArrayBufferView): number | undefined {
  return writeTo(toFd(fd), data);
}

/** As {@linkcode write}, but errors name `given`, another descriptor of the same file. */
export function writeTo(
  fd: number,
  data: ArrayBufferView,
  given: number = fd,
): number | undefined {
  const length = getByteLength(data);
  const bytes = length === 0 ? null : data;
  const size = toSize(length);
  for (;;) {
    const count = libc().write(fd, bytes, size);
    if (count !== -1) return count;
    const errno = lastErrno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw systemError(errno, "write", { fd: given });
  }
}

/**
 * Sets whether reads and writes block. That is a property of the open file, which all its
 * descriptors share, in other processes too.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @param on `true` so that they don't block, `false` so that they do.
 * @returns Whether it was nonblocking before.
 * @throws {SystemError} As fcntl(2).
 * @throws {TypeError} If `fd` isn't a descriptor, or `on` is neither `true` nor `false`.
 *
 * @example
 * ```ts
 * import { pipe, setNonblocking } from "@fdready/fdready/os";
 *
 * const [from] = pipe();
 * console.log(setNonblocking(from, false)); // true: it was
 * console.log(setNonblocking(from, true)); // false
 * ```
 */
export function setNonblocking(fd: FdLike, on: boolean): boolean {
  const number = toFd(fd);
  checkBoolean("argument on", on);
  const flags = throwIfFailed(libc().fcntl(number, F_GETFL, 0), "fcntl", number);
  const wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (wanted !== flags) throwIfFailed(libc().fcntl(number, F_SETFL, wanted), "fcntl", number);
  return (flags & O_NONBLOCK) !== 0;
}
