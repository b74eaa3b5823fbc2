/** Connections: accepting them, and ending their directions. */

import { EAGAIN, EINTR, F_GETFL, O_NONBLOCK } from "../ffi/constants.ts";
import { type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { longestAddress, trimAddress } from "./address.ts";
import { setNonblocking } from "./fd.ts";
import { SO_ACCEPTCONN, SOCK_CLOEXEC, SOCK_NONBLOCK } from "./socket_constants.ts";
import { getIntegerOption } from "./socket_options.ts";

const ECONNABORTED = 103;

/**
 * Accepts one connection.
 *
 * @param target The listening socket, as a number or an object with `fd` or `fileno()`.
 * @returns The connection, nonblocking and close-on-exec; `undefined` if there is none.
 * @throws {SystemError} As accept(2): `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Accept a connection, if there is one
 * ```ts
 * import { accept, close, listenTcp } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * assertEquals(accept(listener), undefined);
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
 * @returns The connection, nonblocking and close-on-exec, and the address for
 * {@linkcode parseAddress}, of 0 bytes or only the family if the peer has no name; `undefined` if
 * there is no connection.
 * @throws {SystemError} As accept(2): `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Log the address of each client
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
  return fd === undefined ? undefined : { fd, address: trimAddress(address.slice(0, length[0])) };
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
 * Accepts all waiting connections. Call it after every wakeup of an
 * {@linkcode ExclusiveWaiter}, because one wakeup may announce any number of connections.
 *
 * It makes the socket nonblocking first, for all programs that share it, because the last call
 * would block otherwise. Starting a process that inherits a socket may have made it blocking.
 *
 * If an error occurs after some connections have been accepted, such as too many open files, it
 * returns these connections. The next call throws the error.
 *
 * @param target The listening socket, as a number or an object with `fd` or `fileno()`.
 * @returns The connections, nonblocking and close-on-exec; empty if others have taken them all.
 * @throws {SystemError} As accept(2): `EINVAL` if it doesn't listen, `ENOTSOCK` if it isn't a
 * socket, `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Accept all waiting connections
 * ```ts
 * import { acceptAll } from "@fdready/fdready";
 * import { listenTcp } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(acceptAll(listenTcp("127.0.0.1", 0)), []);
 * ```
 */
export function acceptAll(target: FdLike): number[] {
  const fd = toFd(target);
  makeListenerNonblocking(fd);
  const connections: number[] = [];
  try {
    for (let connection; (connection = accept(fd)) !== undefined;) connections.push(connection);
  } catch (error) {
    if (connections.length === 0) throw error;
  }
  return connections;
}

/**
 * Ends one or both directions of a connection, for all descriptors of the socket.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @param direction The direction to end: reading, writing, or both.
 * @throws {SystemError} As shutdown(2).
 * @throws {TypeError} If `target` isn't a descriptor, or `direction` is none of the three.
 *
 * @example Signal the end of the data
 * ```ts
 * import { read, shutdown, socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = socketpair();
 * shutdown(a, "write");
 * assertEquals(read(b, new Uint8Array(64)), 0); // the end
 * ```
 */
export function shutdown(target: FdLike, direction: "read" | "write" | "both"): void {
  const fd = toFd(target);
  const how = ["read", "write", "both"].indexOf(direction);
  if (how === -1) {
    throw new TypeError(
      `The direction must be "read", "write" or "both", got ${inspectLine(direction)}`,
    );
  }
  throwIfFailed(osLibc().shutdown(fd, how), "shutdown", fd);
}

/** Makes `fd` nonblocking if it listens. All other files refuse accept(2) at once. */
function makeListenerNonblocking(fd: number): void {
  const flags = throwIfFailed(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
  if ((flags & O_NONBLOCK) !== 0) return;
  if (getIntegerOption(fd, SO_ACCEPTCONN) !== 0) setNonblocking(fd, true);
}
