/** Options of sockets. */

import { getIntLength } from "../ffi/bytes.ts";
import { type SystemError, systemError } from "../ffi/errors.ts";
import { checkFlags, checkInteger, type FdLike, toFd } from "../ffi/checks.ts";
import { bindSymbols, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { streamSocketSymbols } from "../ffi/symbols.ts";
import { SO_ERROR, SOL_SOCKET } from "./socket_constants.ts";

/**
 * Returns an option of a socket.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @param level The level of the option: {@linkcode SOL_SOCKET}, or a protocol such as
 * {@linkcode IPPROTO_TCP}.
 * @param name The option, such as {@linkcode SO_RCVBUF} or {@linkcode TCP_NODELAY}.
 * @param value The memory for the value, which is usually a C `int` of 4 bytes.
 * @returns The length of the value in bytes.
 * @throws {SystemError} As getsockopt(2): `ENOPROTOOPT` if there is no such option.
 * @throws {TypeError} If `target` isn't a descriptor, `level` or `name` isn't an integer, or
 * `value` isn't a view of memory or is detached.
 * @throws {RangeError} If `level` or `name` isn't a C `int`.
 *
 * @example Show the type of a socket
 * ```ts
 * import { getsockopt, SO_TYPE, SOCK_STREAM, socketpair, SOL_SOCKET } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const value = new Int32Array(1);
 * const [fd] = socketpair();
 * assertEquals(getsockopt(fd, SOL_SOCKET, SO_TYPE, new Uint8Array(value.buffer)), 4);
 * assertEquals(value[0], SOCK_STREAM);
 * ```
 */
export function getsockopt(
  target: FdLike,
  level: number,
  name: number,
  value: Uint8Array,
): number {
  const fd = toFd(target);
  checkInteger("level", level);
  checkInteger("name", name);
  const length = new Uint32Array([getIntLength(value)]);
  const { getsockopt } = bindSymbols(streamSocketSymbols);
  const room = length[0] === 0 ? null : value;
  throwIfFailed(getsockopt(fd, level, name, room, length), "getsockopt", fd);
  return length[0]!;
}

/**
 * Sets an option of a socket.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @param level The level of the option: {@linkcode SOL_SOCKET}, or a protocol such as
 * {@linkcode IPPROTO_TCP}.
 * @param name The option, such as {@linkcode SO_RCVBUF} or {@linkcode TCP_NODELAY}.
 * @param value The value: a number for a C `int`, the type of most options, or the bytes of another
 * type.
 * @throws {SystemError} As setsockopt(2): `ENOPROTOOPT` if there is no such option.
 * @throws {TypeError} If `target` isn't a descriptor, `level` or `name` isn't an integer, or
 * `value` is neither an integer nor a view of memory, or is detached.
 * @throws {RangeError} If `level` or `name` isn't a C `int`, or `value` has more than 32 bits.
 *
 * @example Send small writes at once
 * ```ts
 * import { AF_INET, close, getsockopt, IPPROTO_TCP, setsockopt } from "@fdready/fdready/os";
 * import { SOCK_STREAM, socket, TCP_NODELAY } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = socket(AF_INET, SOCK_STREAM);
 * setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, 1);
 * const value = new Uint8Array(4);
 * getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, value);
 * assertEquals(new Int32Array(value.buffer)[0], 1);
 * close(fd);
 * ```
 */
export function setsockopt(
  target: FdLike,
  level: number,
  name: number,
  value: number | Uint8Array,
): void {
  const fd = toFd(target);
  checkInteger("level", level);
  checkInteger("name", name);
  const memory = typeof value === "number" ? new Int32Array([checkFlags("value", value)]) : value;
  const length = getIntLength(memory);
  const bytes = length === 0 ? null : memory;
  throwIfFailed(osLibc().setsockopt(fd, level, name, bytes, length), "setsockopt", fd);
}

/**
 * Returns the pending error of a socket, {@linkcode SO_ERROR}, and clears it. After
 * {@linkcode connect} has returned `false`, call it once the socket is writable: without an error,
 * it is connected.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @returns The error, with `connect` as the call that failed; `undefined` if there is none. A
 * second call no longer returns it.
 * @throws {SystemError} As getsockopt(2): `ENOTSOCK` if it isn't a socket.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Connect to a port without a listener
 * ```ts
 * import { SystemError, waitWritable } from "@fdready/fdready";
 * import { AF_INET, connect, inetAddress, SOCK_STREAM } from "@fdready/fdready/os";
 * import { socket, socketError } from "@fdready/fdready/os";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const fd = socket(AF_INET, SOCK_STREAM);
 * try {
 *   // On this machine, connect() itself may throw the error.
 *   if (!connect(fd, inetAddress("127.0.0.1", 1))) await waitWritable(fd);
 *   const error = socketError(fd);
 *   if (error !== undefined) throw error;
 * } catch (error) {
 *   assert(error instanceof SystemError);
 *   assertEquals(error.code, "ECONNREFUSED");
 * }
 * ```
 */
export function socketError(target: FdLike): SystemError | undefined {
  const fd = toFd(target);
  const errno = getIntegerOption(fd, SO_ERROR);
  return errno === 0 ? undefined : systemError(errno, "connect", { fd });
}

/** Returns an option of {@linkcode SOL_SOCKET} that is a C `int`. */
export function getIntegerOption(fd: number, name: number): number {
  const value = new Int32Array(1);
  getsockopt(fd, SOL_SOCKET, name, new Uint8Array(value.buffer));
  return value[0]!;
}
