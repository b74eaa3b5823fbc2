/** Listening sockets. */

import { isIPv4, isIPv6 } from "node:net";
import { cString } from "../ffi/c_string.ts";
import { AF_UNIX, EAGAIN, EINTR, SOCK_STREAM } from "../ffi/constants.ts";
import { type FdLike, toFd } from "../ffi/fd_like.ts";
import { checked, errno, libc, osLibc, systemError } from "../ffi/libc.ts";
import { checkBoolean, checkInteger } from "../ffi/numbers.ts";
import { show } from "../ffi/show.ts";
import { setNonblocking } from "./file.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./open_constants.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const ECONNABORTED = 103;

/** Connections that may wait to be accepted. The kernel caps it at net.core.somaxconn. */
const defaultBacklog = 511;

/** How {@linkcode listenTcp} listens. */
export interface ListenTcpOptions {
  /** How many connections may wait to be accepted; 511 unless told. */
  readonly backlog?: number;
  /** Whether other sockets may listen on the same port, and share its connections. */
  readonly reusePort?: boolean;
}

/**
 * Listens on a Unix stream socket.
 *
 * @param path Where to make it; nothing may be there yet. At most 107 bytes.
 * @param backlog How many connections may wait to be accepted.
 * @returns The descriptor; readable when there is a connection to {@linkcode accept}.
 * @throws {SystemError} As socket(2), bind(2) and listen(2): `EADDRINUSE` if there is something.
 * @throws {TypeError} If the path is empty, no string or one with a NUL or a lone surrogate, or if
 * `backlog` is no integer.
 * @throws {RangeError} If the path is too long, or `backlog` no C `int`.
 *
 * @example
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { accept, close, listenUnix } from "@fdready/fdready/os";
 * import { mkdtempSync } from "node:fs";
 * import { connect } from "node:net";
 *
 * const path = `${mkdtempSync("/tmp/example-")}/socket`;
 * const listener = listenUnix(path);
 * const client = connect(path);
 * await waitReadable(listener);
 * const connection = accept(listener)!;
 * client.destroy();
 * close(connection);
 * close(listener);
 * ```
 */
export function listenUnix(path: string, backlog: number = defaultBacklog): number {
  // struct sockaddr_un: family, then the path.
  const name = cString(path);
  // The kernel would choose an abstract name, which nobody knows. unix(7)
  if (path === "") throw new TypeError("A Unix socket's path has at least 1 byte, got ''");
  if (name.length > 108) {
    throw new RangeError(`A Unix socket's path has at most 107 bytes, got ${name.length - 1}`);
  }
  const address = new Uint8Array(2 + name.length);
  address[0] = AF_UNIX;
  address.set(name, 2);
  return listenOn(AF_UNIX, address, checkInteger("backlog", backlog), []);
}

/**
 * Listens on a TCP socket.
 *
 * @param host The IPv4 or IPv6 address of an interface; `"0.0.0.0"` or `"::"` for all.
 * @param port The port; 0 lets the kernel choose, and {@linkcode localPort} tells.
 * @param options How to listen.
 * @returns The descriptor; readable when there is a connection to {@linkcode accept}.
 * @throws {SystemError} As socket(2), bind(2) and listen(2): `EADDRINUSE` if the port is taken.
 * @throws {TypeError} If `host` is no address, `port` or `backlog` no integer, or `reusePort` neither
 * `true` nor `false`.
 * @throws {RangeError} If `port` is no port, or `backlog` no C `int`.
 *
 * @example
 * ```ts
 * import { close, listenTcp, localPort } from "@fdready/fdready/os";
 *
 * const listener = listenTcp("127.0.0.1", 0, { backlog: 16 });
 * console.log(localPort(listener) > 0); // true
 * close(listener);
 * ```
 */
export function listenTcp(host: string, port: number, options: ListenTcpOptions = {}): number {
  const { backlog = defaultBacklog, reusePort = false } = options;
  checkInteger("option backlog", backlog);
  checkBoolean("option reusePort", reusePort);
  const address = inetAddress(host, port);
  const family = address[0]!;
  return listenOn(family, address, backlog, [
    SO_REUSEADDR,
    ...(reusePort ? [SO_REUSEPORT] : []),
  ]);
}

/**
 * The port that a TCP socket is bound to.
 *
 * @param fd The socket: its number, or an object with an `fd` or a `fileno()`.
 * @returns Its port.
 * @throws {SystemError} As getsockname(2).
 * @throws {TypeError} If `fd` is no descriptor, or that of a socket without ports.
 *
 * @example
 * ```ts
 * import { close, listenTcp, localPort } from "@fdready/fdready/os";
 *
 * const listener = listenTcp("::1", 0);
 * console.log(localPort(listener)); // what the kernel chose, such as 40123
 * close(listener);
 * ```
 */
export function localPort(fd: FdLike): number {
  const number = toFd(fd);
  const address = new Uint8Array(28);
  const length = new Uint32Array([address.length]);
  checked(osLibc().getsockname(number, address, length), "getsockname", number);
  if (![AF_INET, AF_INET6].includes(address[0]!)) {
    throw new TypeError(`Not a socket with ports: ${show(fd)}`);
  }
  return (address[2]! << 8) | address[3]!;
}

/**
 * Accepts one connection.
 *
 * @param fd The listening socket: its number, or an object with an `fd` or a `fileno()`.
 * @returns The connection, nonblocking and close-on-exec; `undefined` where it would block.
 * @throws {SystemError} As accept(2): `EMFILE`, if there are no descriptors left.
 * @throws {TypeError} If `fd` is no descriptor.
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
export function accept(fd: FdLike): number | undefined {
  const number = toFd(fd);
  for (;;) {
    const connection = osLibc().accept4(number, null, null, O_NONBLOCK | O_CLOEXEC);
    if (connection !== -1) return connection;
    const reason = errno();
    if (reason === EAGAIN) return undefined;
    // A connection that was reset before anyone accepted it is nobody's concern.
    if (reason !== EINTR && reason !== ECONNABORTED) throw systemError(reason, "accept4", number);
  }
}

/**
 * Accepts all connections that there are, as every wakeup of an {@linkcode ExclusiveWaiter} calls
 * for: one wakeup may stand for any number of them.
 *
 * A socket that is blocking is made nonblocking first, for all who share it: otherwise the last call
 * would block. Starting a process that inherits a socket may have made it a blocking one.
 *
 * If there is an error after some have been accepted, such as too many open files, those are
 * returned, and what is wrong is thrown by the next call.
 *
 * @param fd The listening socket: its number, or an object with an `fd` or a `fileno()`.
 * @returns The connections, nonblocking and close-on-exec; empty if others have taken them all.
 * @throws {SystemError} As accept(2): `EINVAL` if `fd` doesn't listen, `ENOTSOCK` if it is no socket,
 * `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `fd` is no descriptor.
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
  setNonblocking(number, true);
  const connections: number[] = [];
  try {
    for (let connection; (connection = accept(number)) !== undefined;) connections.push(connection);
  } catch (error) {
    if (connections.length === 0) throw error;
  }
  return connections;
}

/**
 * Ends one or both directions of a connection, whoever else holds a descriptor of it.
 *
 * @param fd The socket: its number, or an object with an `fd` or a `fileno()`.
 * @param direction What is to end: reading from it, writing to it, or both.
 * @throws {SystemError} As shutdown(2).
 * @throws {TypeError} If `fd` is no descriptor, or `direction` none of the three.
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
    throw new TypeError(`The direction must be "read", "write" or "both", got ${show(direction)}`);
  }
  checked(osLibc().shutdown(number, how), "shutdown", number);
}

function inetAddress(host: string, port: number): Uint8Array<ArrayBuffer> {
  checkInteger("port", port, 0, 65535);
  const family = typeof host !== "string"
    ? undefined
    : isIPv4(host)
    ? AF_INET
    : isIPv6(host)
    ? AF_INET6
    : undefined;
  if (family === undefined) throw new TypeError(`Not an IP address: ${show(host)}`);
  // struct sockaddr_in: family, port, address. sockaddr_in6 has a flow label before the address.
  const address = new Uint8Array(family === AF_INET ? 16 : 28);
  address[0] = family;
  address[2] = port >> 8;
  address[3] = port & 0xff;
  const where = address.subarray(family === AF_INET ? 4 : 8);
  if (osLibc().inet_pton(family, cString(host), where) !== 1) {
    throw new TypeError(`Not an IP address: ${show(host)}`);
  }
  return address;
}

function listenOn(
  family: number,
  address: Uint8Array<ArrayBuffer>,
  backlog: number,
  options: number[],
): number {
  const os = osLibc();
  const fd = checked(os.socket(family, SOCK_STREAM | O_NONBLOCK | O_CLOEXEC, 0), "socket");
  try {
    const on = new Int32Array([1]);
    for (const option of options) {
      checked(os.setsockopt(fd, SOL_SOCKET, option, on, 4), "setsockopt", fd);
    }
    checked(os.bind(fd, address, address.length), "bind", fd);
    checked(os.listen(fd, backlog), "listen", fd);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
  return fd;
}
