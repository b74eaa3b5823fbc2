/** Reading and writing several pieces of memory at once. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { keepAlive } from "../ffi/c_memory.ts";
import { type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { osLibc } from "../ffi/libc.ts";
import { toIovecs } from "../sys/message_header.ts";
import { retryUnlessWouldBlock } from "../ffi/results.ts";

/**
 * Reads what is there into several pieces of memory, filling one after the other.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @param buffers Where to put the bytes: at most 1024 typed arrays or DataViews.
 * @returns The number of bytes in total; 0 at the end of the file, `undefined` if it would block.
 * @throws {SystemError} As readv(2): `EINVAL` if there are more than 1024 buffers.
 * @throws {TypeError} If `fd` isn't a descriptor, or `buffers` isn't an array of views of memory,
 * or one is detached, or they have no bytes.
 *
 * @example
 * ```ts
 * import { pipe, readv, write } from "@fdready/fdready/os";
 *
 * const [from, to] = pipe();
 * write(to, new Uint8Array([0, 3, 1, 2, 3]));
 * const header = new DataView(new ArrayBuffer(2));
 * const body = new Uint8Array(64);
 * console.log(readv(from, [header, body]), header.getUint16(0)); // 5 3
 * ```
 */
export function readv(fd: FdLike, buffers: readonly ArrayBufferView[]): number | undefined {
  const number = toFd(fd);
  const views = checkViews(buffers);
  if (totalLength(views) === 0) {
    throw new TypeError("There is no room to read into: 0 bytes");
  }
  return move("readv", number, views);
}

/**
 * Writes several pieces of memory, one after the other, as much as the descriptor takes without
 * blocking.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @param buffers What to write: at most 1024 typed arrays or DataViews, taken as their bytes.
 * @returns The number of bytes in total, which may be fewer than given and end in the middle of
 * one; `undefined` if it would block.
 * @throws {SystemError} As writev(2): `EPIPE` if nobody can read it any more, `EINVAL` if there are more
 * than 1024 buffers.
 * @throws {TypeError} If `fd` isn't a descriptor, or `buffers` isn't an array of views of memory,
 * or one is detached.
 *
 * @example
 * ```ts
 * import { pipe, writev } from "@fdready/fdready/os";
 *
 * const [, to] = pipe();
 * const body = new TextEncoder().encode("hello");
 * console.log(writev(to, [new Uint8Array([0, body.length]), body])); // 7
 * ```
 */
export function writev(fd: FdLike, buffers: readonly ArrayBufferView[]): number | undefined {
  const number = toFd(fd);
  const views = checkViews(buffers);
  return move("writev", number, views);
}

/** The bytes of `views`, none of which may be detached. */
export function checkViews(views: readonly ArrayBufferView[]): Uint8Array[] {
  if (!Array.isArray(views)) throw new TypeError(`Not an array of views: ${inspectLine(views)}`);
  return Array.from<ArrayBufferView, Uint8Array>(views, toPlainBytes);
}

/** The number of bytes of `views`. */
export function totalLength(views: readonly ArrayBufferView[]): number {
  return views.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function move(
  call: "readv" | "writev",
  fd: number,
  views: readonly ArrayBufferView[],
): number | undefined {
  const iovecs = views.length === 0 ? null : toIovecs(views);
  const run = () => osLibc()[call](fd, iovecs, views.length);
  return keepAlive([views, iovecs], () => retryUnlessWouldBlock(call, fd, run));
}
