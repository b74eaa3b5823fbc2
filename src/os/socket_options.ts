/** Options of sockets. */

import { getIntLength } from "../ffi/bytes.ts";
import { type SystemError, systemError } from "../ffi/errors.ts";
import { checkFlags, checkInteger, type FdLike, toFd } from "../ffi/checks.ts";
import { bindSymbols, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { streamSocketSymbols } from "../ffi/symbols.ts";
import { SO_ERROR, SOL_SOCKET } from "./socket_constants.ts";

/**
 * Reads an option of a socket.
 *
 * @param fd The socket: its number, or an object with an `fd` or a `fileno()`.
 * @param level Whose option it is: {@linkcode SOL_SOCKET}, or a protocol such as
 * {@linkcode IPPROTO_TCP}.
 * @param name The option, such as {@linkcode SO_RCVBUF} or {@linkcode TCP_NODELAY}.
 * @param value Where to put the value, which is usually a C `int`, of 4 bytes.
 * @returns The length of the value in bytes.
 * @throws {SystemError} As getsockopt(2): `ENOPROTOOPT` if there is no such option.
 * @throws {TypeError} If `fd` isn't a descriptor, `level` or `name` isn't an integer, or `value`
 * isn't a view of memory or is detached.
 * @throws {RangeError} If `level` or `name` isn't a C `int`.
 *
 * @example
 * ```ts
 * import { getsockopt, SO_TYPE, SOCK_STREAM, socketpair, SOL_SOCKET } from "@fdready/fdready/os";
 *
 * const value = new Int32Array(1);
 * const [one] = socketpair();
 * getsockopt(one, SOL_SOCKET, SO_TYPE, new Uint8Array(value.buffer)); // 4
 * console.log(value[0] === SOCK_STREAM); // true
 * ```
 */
export function getsockopt(fd: FdLike, level: number, name: number, value: Uint8Array): number {
  const number = toFd(fd);
  checkInteger("level", level);
  checkInteger("name", name);
  const length = new Uint32Array([getIntLength(value)]);
  const { getsockopt } = bindSymbols(streamSocketSymbols);
  const room = length[0] === 0 ? null : value;
  throwIfFailed(getsockopt(number, level, name, room, length), "getsockopt", number);
  return length[0]!;
}

/**
 * Sets an option of a socket.
 *
 * @param fd The socket: its number, or an object with an `fd` or a `fileno()`.
 * @param level Whose option it is: {@linkcode SOL_SOCKET}, or a protocol such as
 * {@linkcode IPPROTO_TCP}.
 * @param name The option, such as {@linkcode SO_RCVBUF} or {@linkcode TCP_NODELAY}.
 * @param value The value: a number for a C `int`, which most options take, or the bytes of another
 * type.
 * @throws {SystemError} As setsockopt(2): `ENOPROTOOPT` if there is no such option.
 * @throws {TypeError} If `fd` isn't a descriptor, `level` or `name` isn't an integer, or `value`
 * is neither an integer nor a view of memory, or is detached.
 * @throws {RangeError} If `level` or `name` isn't a C `int`, or `value` has more than 32 bits.
 *
 * @example
 * ```ts
 * import { AF_INET, IPPROTO_TCP, setsockopt, SOCK_STREAM, socket } from "@fdready/fdready/os";
 * import { TCP_NODELAY } from "@fdready/fdready/os";
 *
 * setsockopt(socket(AF_INET, SOCK_STREAM), IPPROTO_TCP, TCP_NODELAY, 1);
 * ```
 */
export function setsockopt(
  fd: FdLike,
  level: number,
  name: number,
  value: number | Uint8Array,
): void {
  const number = toFd(fd);
  checkInteger("level", level);
  checkInteger("name", name);
  const memory = typeof value === "number" ? new Int32Array([checkFlags("value", value)]) : value;
  const length = getIntLength(memory);
  const bytes = length === 0 ? null : memory;
  throwIfFailed(osLibc().setsockopt(number, level, name, bytes, length), "setsockopt", number);
}

/**
 * Takes the pending error of a socket, {@linkcode SO_ERROR}. After {@linkcode connect} returned
 * `false`, call it once the socket is writable, to learn whether it is connected.
 *
 * @param fd The socket: its number, or an object with an `fd` or a `fileno()`.
 * @returns The error, with `connect` as the call that failed; `undefined` if there is none. A
 * second call no longer returns it.
 * @throws {SystemError} As getsockopt(2): `ENOTSOCK` if `fd` isn't a socket.
 * @throws {TypeError} If `fd` isn't a descriptor.
 *
 * @example
 * ```ts
 * import { waitWritable } from "@fdready/fdready";
 * import { AF_INET, connect, inetAddress, SOCK_STREAM } from "@fdready/fdready/os";
 * import { socket, socketError } from "@fdready/fdready/os";
 *
 * const fd = socket(AF_INET, SOCK_STREAM);
 * try {
 *   if (!connect(fd, inetAddress("127.0.0.1", 1))) await waitWritable(fd);
 *   console.log(socketError(fd)?.code); // ECONNREFUSED, since nobody listens
 * } catch (error) {
 *   console.log(error); // the same, if the kernel knew at once
 * }
 * ```
 */
export function socketError(fd: FdLike): SystemError | undefined {
  const number = toFd(fd);
  const reason = integerOption(number, SO_ERROR);
  return reason === 0 ? undefined : systemError(reason, "connect", { fd: number });
}

/** An option of {@linkcode SOL_SOCKET} that is a C `int`. */
export function integerOption(fd: number, name: number): number {
  const value = new Int32Array(1);
  getsockopt(fd, SOL_SOCKET, name, new Uint8Array(value.buffer));
  return value[0]!;
}
