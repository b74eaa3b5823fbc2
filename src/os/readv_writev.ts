/** Reading and writing several buffers at once. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { keepAlive } from "../ffi/c_memory.ts";
import { type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { osLibc } from "../ffi/libc.ts";
import { retryUnlessWouldBlock } from "../ffi/results.ts";
import { toIovecs } from "../sys/message_header.ts";
import { checkRoom } from "./read_write.ts";

/**
 * Reads the available bytes into several buffers, filling one after the other.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param buffers The memory for the bytes, at most 1024 typed arrays or DataViews.
 * @returns The total number of bytes; 0 at the end of the file, `undefined` if it would block.
 * @throws {SystemError} As readv(2): `EINVAL` if there are more than 1024 buffers.
 * @throws {TypeError} If `target` isn't a descriptor, `buffers` isn't an array of views of memory,
 * one of them is detached, or they have no bytes.
 *
 * @example Read a header and a body
 * ```ts
 * import { pipe, readv, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader, writer] = pipe();
 * write(writer, new Uint8Array([0, 3, 1, 2, 3]));
 * const header = new DataView(new ArrayBuffer(2));
 * const body = new Uint8Array(64);
 * assertEquals(readv(reader, [header, body]), 5);
 * assertEquals(header.getUint16(0), 3);
 * ```
 */
export function readv(target: FdLike, buffers: readonly ArrayBufferView[]): number | undefined {
  const fd = toFd(target);
  const views = checkViews(buffers);
  checkRoom(totalLength(views));
  return move("readv", fd, views);
}

/**
 * Writes several buffers, one after the other, as many bytes as the descriptor accepts without
 * blocking.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param buffers The bytes of at most 1024 typed arrays or DataViews.
 * @returns The total number of bytes written, which may be fewer than given and end in the middle
 * of a buffer; `undefined` if it would block.
 * @throws {SystemError} As writev(2): `EPIPE` if all readers have closed it, `EINVAL` if there are
 * more than 1024 buffers.
 * @throws {TypeError} If `target` isn't a descriptor, `buffers` isn't an array of views of memory,
 * or one of them is detached.
 *
 * @example Write a header and a body
 * ```ts
 * import { pipe, writev } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [, writer] = pipe();
 * const body = new TextEncoder().encode("hello");
 * assertEquals(writev(writer, [new Uint8Array([0, body.length]), body]), 7);
 * ```
 */
export function writev(target: FdLike, buffers: readonly ArrayBufferView[]): number | undefined {
  const fd = toFd(target);
  return move("writev", fd, checkViews(buffers));
}

/** Checks that `views` is an array of views of memory, none detached; returns their bytes. */
export function checkViews(views: readonly ArrayBufferView[]): Uint8Array[] {
  if (!Array.isArray(views)) {
    throw new TypeError(
      `The buffers must be an array of views of memory, got ${inspectLine(views)}`,
    );
  }
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
