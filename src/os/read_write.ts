/** Reading and writing, at the open file's position or at a given one. */

import { getByteLength, toSize } from "../ffi/bytes.ts";
import { checkInteger, type FdLike, toFd } from "../ffi/checks.ts";
import { bindSymbols, libc } from "../ffi/libc.ts";
import { retryOnEintr, wasInterrupted } from "../ffi/results.ts";
import { fileSymbols } from "../ffi/symbols.ts";

/**
 * Reads the available bytes, at most as many as fit into the buffer. Descriptors that came with the
 * bytes over a Unix socket are closed unseen; {@linkcode recvmsg} returns them.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param buffer The memory for the bytes, a typed array or a DataView.
 * @returns The number of bytes; 0 at the end of the file, `undefined` if it would block. A terminal
 * whose `VMIN` and `VTIME` are 0 returns 0 where it would block.
 * @throws {SystemError} As read(2).
 * @throws {TypeError} If `target` isn't a descriptor, or `buffer` isn't a view of memory, is
 * detached, or has no bytes.
 *
 * @example Read from a pipe
 * ```ts
 * import { close, pipe, read, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader, writer] = pipe();
 * const buffer = new Uint8Array(64);
 * assertEquals(read(reader, buffer), undefined); // it would block
 * write(writer, new TextEncoder().encode("hello"));
 * assertEquals(read(reader, buffer), 5);
 * close(writer);
 * assertEquals(read(reader, buffer), 0); // the end
 * ```
 */
export function read(target: FdLike, buffer: ArrayBufferView): number | undefined {
  return readFrom(toFd(target), buffer);
}

/** As {@linkcode read}, but errors name `given`, another descriptor of the same file. */
export function readFrom(
  fd: number,
  buffer: ArrayBufferView,
  given: number = fd,
): number | undefined {
  const size = toSize(checkRoom(getByteLength(buffer)));
  do {
    const count = libc().read(fd, buffer, size);
    if (count !== -1) return count;
  } while (wasInterrupted("read", given));
}

/**
 * Writes as many bytes as the descriptor accepts without blocking.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param data The bytes of a typed array or a DataView.
 * @returns The number of bytes written, which may be fewer than given; `undefined` if it would
 * block.
 * @throws {SystemError} As write(2): `EPIPE` if all readers have closed it.
 * @throws {TypeError} If `target` isn't a descriptor, or `data` isn't a view of memory, or is
 * detached.
 *
 * @example Fill a pipe
 * ```ts
 * import { pipe, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [, writer] = pipe();
 * assertEquals(write(writer, new Uint8Array(1_000_000)), 65536); // the pipe is full
 * assertEquals(write(writer, new Uint8Array(1)), undefined); // it would block
 * ```
 */
export function write(target: FdLike, data: ArrayBufferView): number | undefined {
  return writeTo(toFd(target), data);
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
  do {
    const count = libc().write(fd, bytes, size);
    if (count !== -1) return count;
  } while (wasInterrupted("write", given));
}

/**
 * Reads at a position of a file, and leaves the open file's own position alone. Files in sysfs and
 * cgroup directories report a change to `waitPriority` again only after a read at offset 0.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param buffer The memory for the bytes, a typed array or a DataView.
 * @param offset The position in bytes from the start of the file.
 * @returns The number of bytes; 0 at the end of the file or after it.
 * @throws {SystemError} As pread(2): `ESPIPE` if it has no positions, such as a pipe or a socket.
 * @throws {TypeError} If `target` isn't a descriptor, `buffer` isn't a view of memory, is detached
 * or has no bytes, or `offset` isn't an integer.
 * @throws {RangeError} If `offset` is negative or not a safe integer.
 *
 * @example Read the end of a file
 * ```ts
 * import { memfdCreate, pread, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = memfdCreate("example");
 * write(fd, new TextEncoder().encode("hello, world"));
 * const buffer = new Uint8Array(64);
 * const length = pread(fd, buffer, 7);
 * assertEquals(new TextDecoder().decode(buffer.subarray(0, length)), "world");
 * ```
 */
export function pread(target: FdLike, buffer: ArrayBufferView, offset: number): number {
  const fd = toFd(target);
  const size = toSize(checkRoom(getByteLength(buffer)));
  const position = checkOffset("offset", offset);
  const { pread } = bindSymbols(fileSymbols);
  return retryOnEintr("pread", fd, () => pread(fd, buffer, size, position));
}

/**
 * Writes at a position of a file, and leaves the open file's own position alone. Between the end of
 * the file and a later offset, the file gets zeros.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param data The bytes of a typed array or a DataView.
 * @param offset The position in bytes from the start of the file. A file opened with
 * {@linkcode O_APPEND} ignores it.
 * @returns The number of bytes written, which may be fewer than given.
 * @throws {SystemError} As pwrite(2): `ESPIPE` if it has no positions, such as a pipe or a socket,
 * or `ENOSPC` if the device is full.
 * @throws {TypeError} If `target` isn't a descriptor, `data` isn't a view of memory or is detached,
 * or `offset` isn't an integer.
 * @throws {RangeError} If `offset` is negative or not a safe integer.
 *
 * @example Replace a byte
 * ```ts
 * import { memfdCreate, pread, pwrite, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = memfdCreate("example");
 * write(fd, new TextEncoder().encode("hello"));
 * assertEquals(pwrite(fd, new TextEncoder().encode("a"), 1), 1);
 * const buffer = new Uint8Array(5);
 * pread(fd, buffer, 0);
 * assertEquals(new TextDecoder().decode(buffer), "hallo");
 * ```
 */
export function pwrite(target: FdLike, data: ArrayBufferView, offset: number): number {
  const fd = toFd(target);
  const length = getByteLength(data);
  const bytes = length === 0 ? null : data;
  const size = toSize(length);
  const position = checkOffset("offset", offset);
  const { pwrite } = bindSymbols(fileSymbols);
  return retryOnEintr("pwrite", fd, () => pwrite(fd, bytes, size, position));
}

/** Returns a position or a length in a file as C's `off_t`, unless it is negative. */
export function checkOffset(name: string, offset: number): bigint {
  return BigInt(checkInteger(name, offset, 0, Number.MAX_SAFE_INTEGER));
}

/**
 * Returns `length`, the size of a buffer to read into, unless it is 0: that would look like the
 * end.
 */
export function checkRoom(length: number): number {
  if (length === 0) throw new TypeError("Cannot read into an empty buffer");
  return length;
}
