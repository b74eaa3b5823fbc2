/** Device operations other than reading and writing. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { checkInteger, checkUnsignedFlags, type FdLike, toFd } from "../ffi/checks.ts";
import { bindSymbols, osLibc } from "../ffi/libc.ts";
import { retryOnEintr } from "../ffi/results.ts";
import { ioctlNumberSymbols } from "../ffi/symbols.ts";

/** More than the size of any struct whose request doesn't contain its size. */
const anySize = 4096;

/**
 * The size of an `int` or a pointer. Some requests contain it instead of their struct's, as
 * TUNSETIFF.
 */
const wordSize = 8;

/**
 * Controls a device. The kernel's headers have requests beyond the constants of this module.
 *
 * Most requests don't block. A request that does, such as {@linkcode TIOCMIWAIT}, blocks the event
 * loop even if the open file is nonblocking.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param request The request, such as {@linkcode TIOCGWINSZ}.
 * @param argument The argument of the request: a number, or memory whose address is passed. Memory
 * shorter than the struct of the request receives the part that fits. Get the pointers in a struct
 * from {@linkcode addressOf}.
 * @returns The result of the request, usually 0.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if the device doesn't support the request.
 * @throws {TypeError} If `target` isn't a descriptor, `request` isn't an integer, or `argument` is
 * neither an integer nor a view of memory, or is detached.
 * @throws {RangeError} If `request` has more than 32 bits, or `argument` isn't a safe integer.
 *
 * @example Count the bytes in a pipe
 * ```ts
 * import { FIONREAD, ioctl, pipe, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader, writer] = pipe();
 * write(writer, new TextEncoder().encode("hello"));
 * const count = new Int32Array(1);
 * ioctl(reader, FIONREAD, count);
 * assertEquals(count[0], 5);
 * ```
 */
export function ioctl(
  target: FdLike,
  request: number,
  argument: number | ArrayBufferView = 0,
): number {
  const fd = toFd(target);
  const code = checkUnsignedFlags("request", request);
  if (typeof argument === "number") return callWithNumber(fd, code, argument);
  const bytes = toPlainBytes(argument);
  const size = getStructSize(code) ?? anySize;
  if (bytes.length >= size) return callWithStruct(fd, code, bytes);
  // The kernel doesn't know how long the memory is.
  const memory = new Uint8Array(size);
  memory.set(bytes);
  const result = callWithStruct(fd, code, memory);
  bytes.set(memory.subarray(0, bytes.length));
  return result;
}

/** Calls ioctl(2) with a struct of at least the size that the request needs. */
export function callWithStruct(fd: number, request: number, struct: ArrayBufferView): number {
  return retryOnEintr("ioctl", fd, () => osLibc().ioctl(fd, BigInt(request), struct));
}

function callWithNumber(fd: number, request: number, argument: number): number {
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  checkInteger("argument", argument, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
  const word = BigInt.asUintN(64, BigInt(argument));
  const { ioctl } = bindSymbols(ioctlNumberSymbols);
  return retryOnEintr("ioctl", fd, () => ioctl(fd, BigInt(request), word));
}

/**
 * The size of a request's struct, if the request contains it, as newer ones do. asm-generic/ioctl.h
 */
function getStructSize(request: number): number | undefined {
  const direction = request >>> 30;
  const size = (request >>> 16) & 0x3fff;
  return direction === 0 || size <= wordSize ? undefined : size;
}
