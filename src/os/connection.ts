/** Connections of sockets: accepting them, and ending their directions. */

import { EAGAIN, EINTR, F_GETFL, O_NONBLOCK } from "../ffi/constants.ts";
import { type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { longestAddress } from "./address.ts";
import { setNonblocking } from "./fd.ts";
import { SO_ACCEPTCONN, SOCK_CLOEXEC, SOCK_NONBLOCK } from "./socket_constants.ts";
import { integerOption } from "./socket_options.ts";

const ECONNABORTED = 103;

/**
 * Accepts one connection.
 *
 * @param target The listening socket, as a number or an object with `fd` or `fileno()`.
 * @returns The connection, nonblocking and close-on-exec; `undefined` if there is none.
 * @throws {SystemError} As accept(2): `EMFILE`, if there are no descriptors left.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example
 * ```ts
 * import { accept, close, listenTcp } from "@fdready/fdready/os";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * console.log(accept(listener)); // undefined: nobody has connected
 * close(listener);
 * ```
 */
export function accept(target: FdLike): number | undefined {
  return acceptOne(toFd(target), null, null);
}

/**
 * Accepts one connection, and returns the peer's address with it.
 *
 * @param target The listening socket, as a number or an object with `fd` or `fileno()`.
 * @returns The connection, nonblocking and close-on-exec, and the address for {@linkcode parseAddress}, of 0
 * bytes or only the family if the peer has no name; `undefined` if there is no connection.
 * @throws {SystemError} As accept(2): `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example See who connects
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { connectTcp, waitReadable } from "@fdready/fdready";
 * import { acceptFrom, close, getsockname, listenTcp, localPort } from "@fdready/fdready/os";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * const client = await connectTcp("127.0.0.1", localPort(listener));
 * await waitReadable(listener);
 * const { fd, address } = acceptFrom(listener)!;
 * assertEquals(address, getsockname(client));
 * for (const open of [fd, client, listener]) close(open);
 * ```
 */
export function acceptFrom(
  target: FdLike,
): { fd: number; address: Uint8Array<ArrayBuffer> } | undefined {
  const listener = toFd(target);
  const address = new Uint8Array(longestAddress);
  const length = new Uint32Array([longestAddress]);
  const fd = acceptOne(listener, address, length);
  return fd === undefined ? undefined : { fd, address: address.slice(0, length[0]) };
}

function acceptOne(
  fd: number,
  address: Uint8Array | null,
  length: Uint32Array | null,
): number | undefined {
  for (;;) {
    const connection = osLibc().accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection !== -1) return noteOpened(connection);
    const errno = lastErrno();
    if (errno === EAGAIN) return undefined;
    // A connection that was reset before it was accepted can be ignored.
    if (errno !== EINTR && errno !== ECONNABORTED) throw systemError(errno, "accept4", { fd });
  }
}

/**
 * Accepts all connections that are waiting. Call it after every wakeup of an
 * {@linkcode ExclusiveWaiter}, because one wakeup may announce any number of connections.
 *
 * Makes the socket nonblocking first, for all programs that share it: otherwise the last call
 * would block. Starting a process that inherits a socket may have made it blocking.
 *
 * If an error occurs after some connections have been accepted, such as too many open files, it
 * returns those. The next call throws the error.
 *
 * @param fd The listening socket: its number, or an object with an `fd` or a `fileno()`.
 * @returns The connections, nonblocking and close-on-exec; empty if others have taken them all.
 * @throws {SystemError} As accept(2): `EINVAL` if `fd` doesn't listen, `ENOTSOCK` if it isn't a
 * socket, `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `fd` isn't a descriptor.
 *
 * @example
 * ```ts
 * import { acceptAll } from "@fdready/fdready";
 * import { listenTcp } from "@fdready/fdready/os";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * console.log(acceptAll(listener)); // []
 * ```
 */
export function acceptAll(fd: FdLike): number[] {
  const number = toFd(fd);
  keepFromBlocking(number);
  const connections: number[] = [];
  try {
    for (let connection; (connection = accept(number)) !== undefined;) connections.push(connection);
  } catch (error) {
    if (connections.length === 0) throw error;
  }
  return connections;
}

/**
 * Ends one or both directions of a connection, for all descriptors of the socket.
 *
 * @param fd The socket: its number, or an object with an `fd` or a `fileno()`.
 * @param direction Which direction to end: reading, writing, or both.
 * @throws {SystemError} As shutdown(2).
 * @throws {TypeError} If `fd` isn't a descriptor, or `direction` is none of the three.
 *
 * @example
 * ```ts
 * import { read, shutdown, socketpair } from "@fdready/fdready/os";
 *
 * const [one, other] = socketpair();
 * shutdown(one, "write");
 * console.log(read(other, new Uint8Array(64))); // 0: the end
 * ```
 */
export function shutdown(fd: FdLike, direction: "read" | "write" | "both"): void {
  const number = toFd(fd);
  const how = ["read", "write", "both"].indexOf(direction);
  if (how === -1) {
    throw new TypeError(
      `The direction must be "read", "write" or "both", got ${inspectLine(direction)}`,
    );
  }
  throwIfFailed(osLibc().shutdown(number, how), "shutdown", number);
}

/**
 * Makes a listening socket nonblocking. Other files refuse accept(2) at once, so they stay as they
 * are.
 */
function keepFromBlocking(fd: number): void {
  const flags = throwIfFailed(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
  if ((flags & O_NONBLOCK) !== 0) return;
  if (integerOption(fd, SO_ACCEPTCONN) !== 0) setNonblocking(fd, true);
}
