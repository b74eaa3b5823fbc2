/** What works on any descriptor. */

import { cString } from "../ffi/c_string.ts";
import { EAGAIN, EINTR, F_DUPFD_CLOEXEC, F_GETFL, F_SETFL } from "../ffi/constants.ts";
import { checked, errno, libc, osLibc, pathError, systemError } from "../ffi/libc.ts";
import { disown } from "../ffi/owned.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./open_constants.ts";

/**
 * Opens a file, nonblocking and close-on-exec.
 *
 * @param path Where it is.
 * @param flags `O_*` constants, combined by `|`.
 * @param mode The permissions of a file that it creates.
 * @returns The descriptor.
 * @throws {SystemError} As open(2).
 * @throws {TypeError} If `path` contains a NUL.
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
  for (;;) {
    const fd = osLibc().open(name, flags | O_NONBLOCK | O_CLOEXEC, mode);
    if (fd !== -1) return fd;
    const number = errno();
    if (number !== EINTR) throw pathError("open", path, number);
  }
}

/**
 * Closes a descriptor. Announce it with `notifyClosing` first if anyone may be waiting for it.
 *
 * @param fd The descriptor.
 * @throws {SystemError} As close(2); on Linux the descriptor is gone all the same, unless `EBADF`.
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
export function close(fd: number): void {
  disown(fd);
  if (libc().close(fd) === -1) {
    const number = errno();
    if (number !== EINTR) throw systemError("close", fd, number);
  }
}

/**
 * Duplicates a descriptor, close-on-exec. Whether it blocks is the file's, and stays as it is.
 *
 * @param fd The descriptor.
 * @returns The new one.
 * @throws {SystemError} As fcntl(2).
 *
 * @example
 * ```ts
 * import { dup, pipe } from "@fdready/fdready/os";
 *
 * const [from] = pipe();
 * console.log(dup(from) !== from); // true
 * ```
 */
export function dup(fd: number): number {
  return checked(libc().fcntl(fd, F_DUPFD_CLOEXEC, 0), "fcntl", fd);
}

/**
 * Reads what is there, up to the buffer's length in bytes.
 *
 * @param fd The descriptor.
 * @param buffer Where to put it.
 * @returns The number of bytes; 0 at the end of the file, `undefined` where it would block.
 * @throws {SystemError} As read(2).
 * @throws {TypeError} If there is no room in `buffer`, or it is detached.
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
export function read(fd: number, buffer: Uint8Array): number | undefined {
  if (buffer.byteLength === 0) throw new TypeError("There is no room to read into: 0 bytes");
  for (;;) {
    const count = libc().read(fd, buffer, sizeOf(buffer));
    if (count !== -1) return count;
    const number = errno();
    if (number === EAGAIN) return undefined;
    if (number !== EINTR) throw systemError("read", fd, number);
  }
}

/**
 * Writes as much as goes without blocking.
 *
 * @param fd The descriptor.
 * @param data What to write.
 * @returns The number of bytes, maybe fewer than given; `undefined` where it would block.
 * @throws {SystemError} As write(2): `EPIPE` if nobody can read it any more.
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
export function write(fd: number, data: Uint8Array): number | undefined {
  const bytes = data.byteLength === 0 ? null : data;
  for (;;) {
    const count = libc().write(fd, bytes, sizeOf(data));
    if (count !== -1) return count;
    const number = errno();
    if (number === EAGAIN) return undefined;
    if (number !== EINTR) throw systemError("write", fd, number);
  }
}

/**
 * Sets whether reads and writes of the open file that `fd` stands for block. That is a property of
 * the file, shared by all descriptors of it, in other processes too.
 *
 * @param fd The descriptor.
 * @param on Whether they are not to block.
 * @returns Whether they didn't before.
 * @throws {SystemError} As fcntl(2).
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
export function setNonblocking(fd: number, on: boolean): boolean {
  const flags = checked(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
  const wanted = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  if (wanted !== flags) checked(libc().fcntl(fd, F_SETFL, wanted), "fcntl", fd);
  return (flags & O_NONBLOCK) !== 0;
}

let lastLength = 0;
let lastSize = 0n;

/** The length of `buffer` as a size_t. Buffers are mostly of one size, and each bigint is an object. */
function sizeOf(buffer: Uint8Array): bigint {
  const { byteLength } = buffer;
  if (byteLength !== lastLength) {
    lastLength = byteLength;
    lastSize = BigInt(byteLength);
  }
  return lastSize;
}
