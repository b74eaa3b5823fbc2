/** Operations of devices besides reading and writing. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { checkInteger, checkUnsignedFlags, type FdLike, toFd } from "../ffi/checks.ts";
import { bindSymbols, osLibc } from "../ffi/libc.ts";
import { retryOnEintr } from "../ffi/results.ts";
import { ioctlNumberSymbols } from "../ffi/symbols.ts";

/** More than the size of any struct whose request doesn't say its size. */
const anySize = 4096;

/** The size of C's `int` or pointer, which some requests say although they take a struct, as TUNSETIFF. */
const wordSize = 8;

/**
 * Controls a device. You find requests beyond the constants of this module in the kernel's
 * headers.
 *
 * Most requests don't block. A request that does, such as {@linkcode TIOCMIWAIT}, blocks the event
 * loop even if the open file is nonblocking.
 *
 * @param fd The descriptor: its number, or an object with an `fd` or a `fileno()`.
 * @param request The request, such as {@linkcode TIOCGWINSZ}.
 * @param argument The argument of the request: a number, or memory whose address is passed. If the
 * memory is shorter than the struct of the request, it receives the part for which it has room.
 * @returns The result of the request, usually 0.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if the device doesn't have the request.
 * @throws {TypeError} If `fd` isn't a descriptor, `request` isn't an integer, or `argument` is
 * neither an integer nor a view of memory, or is detached.
 * @throws {RangeError} If `request` has more than 32 bits, or `argument` isn't a safe integer.
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
    return retryOnEintr("ioctl", number, () => ioctl(number, operation, word));
  }
  const bytes = toPlainBytes(argument);
  const size = sizeIn(code) ?? anySize;
  // The kernel doesn't know how long the memory is.
  const memory = bytes.length >= size ? bytes : new Uint8Array(size);
  if (memory !== bytes) memory.set(bytes);
  const result = retryOnEintr("ioctl", number, () => osLibc().ioctl(number, operation, memory));
  if (memory !== bytes) bytes.set(memory.subarray(0, bytes.length));
  return result;
}

/** The size of a request's struct, if the request tells it, as newer ones do. asm-generic/ioctl.h */
function sizeIn(request: number): number | undefined {
  const direction = request >>> 30;
  const size = (request >>> 16) & 0x3fff;
  return direction === 0 || size <= wordSize ? undefined : size;
}
