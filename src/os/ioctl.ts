/** What devices do beyond reading and writing. */

import { plainBytesOf } from "../ffi/bytes.ts";
import { type FdLike, toFd } from "../ffi/fd_like.ts";
import { bindSymbols, osLibc } from "../ffi/libc.ts";
import { checkInteger, checkUnsignedFlags } from "../ffi/numbers.ts";
import { retrying } from "../ffi/retrying.ts";
import { ioctlNumberSymbols } from "../ffi/symbols.ts";

/**
 * More than any struct has whose request doesn't tell its size. Newer requests do. ioctl(2),
 * asm-generic/ioctl.h
 */
const anySize = 4096;

/**
 * Controls a device. Requests that are not among this module's constants are in the kernel's headers.
 *
 * Most don't block; one that does, such as {@linkcode TIOCMIWAIT}, blocks the event loop, whether or not
 * the open file is nonblocking.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @param request The request, such as {@linkcode TIOCGWINSZ}.
 * @param argument What it takes: a number, as it is, or memory, of which it gets the address. Memory that
 * is shorter than the request's own struct gets as much of that as it has room for.
 * @returns What the request does, mostly 0.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if the request is none of that device's.
 * @throws {TypeError} If `fd` is no descriptor, `request` no integer, or `argument` neither an integer nor
 * a view of memory, or detached.
 * @throws {RangeError} If `request` has more than 32 bits, or `argument` is no safe integer.
 *
 * @example
 * ```ts
 * import { ioctl, openpty, TIOCGWINSZ, TIOCSWINSZ } from "@fdready/fdready/os";
 *
 * const { controller, terminal } = openpty();
 * ioctl(controller, TIOCSWINSZ, new Uint16Array([24, 80, 0, 0]));
 * const [rows, columns] = sizeOf(terminal);
 * console.log(rows, columns); // 24 80
 *
 * function sizeOf(fd: number): Uint16Array {
 *   const size = new Uint16Array(4);
 *   ioctl(fd, TIOCGWINSZ, size);
 *   return size;
 * }
 * ```
 */
export function ioctl(
  fd: FdLike,
  request: number,
  argument: number | ArrayBufferView = 0,
): number {
  const number = toFd(fd);
  const code = checkUnsignedFlags("request", request);
  const operation = BigInt(code);
  if (typeof argument === "number") {
    const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
    checkInteger("argument", argument, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
    const word = BigInt.asUintN(64, BigInt(argument));
    const { ioctl } = bindSymbols(ioctlNumberSymbols);
    return retrying("ioctl", number, () => ioctl(number, operation, word));
  }
  const bytes = plainBytesOf(argument);
  const size = sizeIn(code) ?? anySize;
  // The kernel doesn't know how long the memory is.
  const memory = bytes.length >= size ? bytes : new Uint8Array(size);
  if (memory !== bytes) memory.set(bytes);
  const result = retrying("ioctl", number, () => osLibc().ioctl(number, operation, memory));
  if (memory !== bytes) bytes.set(memory.subarray(0, bytes.length));
  return result;
}

/** The size of a request's struct, if the request tells it. */
function sizeIn(request: number): number | undefined {
  const direction = request >>> 30;
  return direction === 0 ? undefined : (request >>> 16) & 0x3fff;
}
