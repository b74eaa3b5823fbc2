/** Sockets: making, binding and connecting them, and listening on them. */

import { getIntLength } from "../ffi/bytes.ts";
import { EALREADY, EINPROGRESS, EINTR } from "../ffi/constants.ts";
import {
  checkBoolean,
  checkFlags,
  checkInteger,
  checkObject,
  type FdLike,
  inspectLine,
  toFd,
} from "../ffi/checks.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc, osLibc } from "../ffi/libc.ts";
import type { PathLike } from "../ffi/paths.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import {
  checkAddress,
  describeAddress,
  inetAddress,
  longestAddress,
  parseAddress,
  trimAddress,
  unixAddress,
} from "./address.ts";
import {
  AF_UNIX,
  IPPROTO_TCP,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  TCP_NODELAY,
} from "./socket_constants.ts";
import { setsockopt } from "./socket_options.ts";

/**
 * The number of connections that can wait to be accepted. The kernel caps it at net.core.somaxconn.
 */
const defaultBacklog = 511;

/** Options of {@linkcode listenTcp}. */
export interface ListenTcpOptions {
  /** The number of connections that can wait to be accepted (default: 511). */
  readonly backlog?: number | undefined;
  /**
   * Whether accepted connections send small writes at once. Otherwise a write that doesn't fill a
   * packet waits until the peer has acknowledged the previous one (Nagle's algorithm), which peers
   * delay by up to 40 ms.
   */
  readonly noDelay?: boolean | undefined;
  /**
   * Whether other sockets can listen on the same port and share its connections (default: false).
   */
  readonly reusePort?: boolean | undefined;
}

/**
 * Makes a socket, nonblocking and close-on-exec.
 *
 * @param domain The family of addresses, such as {@linkcode AF_INET}.
 * @param type The type, such as {@linkcode SOCK_STREAM}.
 * @param protocol The protocol, such as {@linkcode IPPROTO_TCP}. The default is the usual one for
 * the type.
 * @returns The descriptor.
 * @throws {SystemError} As socket(2): `EAFNOSUPPORT`, or `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If an argument isn't an integer.
 * @throws {RangeError} If an argument has more than 32 bits.
 *
 * @example Open a UDP socket
 * ```ts
 * import { AF_INET, bind, close, getsockname, inetAddress } from "@fdready/fdready/os";
 * import { parseAddress, SOCK_DGRAM, socket } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = socket(AF_INET, SOCK_DGRAM);
 * bind(fd, inetAddress("127.0.0.1", 0));
 * assertEquals(parseAddress(getsockname(fd)).host, "127.0.0.1");
 * close(fd);
 * ```
 */
export function socket(domain: number, type: number, protocol = 0): number {
  checkInteger("domain", domain);
  const allFlags = checkFlags("type", type) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  checkInteger("protocol", protocol);
  return noteOpened(throwIfFailed(osLibc().socket(domain, allFlags, protocol), "socket"));
}

/**
 * Binds a socket to an address.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @param address The address, such as one from {@linkcode unixAddress} or {@linkcode inetAddress}.
 * @throws {SystemError} As bind(2): `EADDRINUSE` if the address is in use. The error names it.
 * @throws {TypeError} If `target` isn't a descriptor, or `address` isn't a view of memory, or
 * detached.
 *
 * @example Bind a Unix socket
 * ```ts
 * import { AF_UNIX, bind, close, getsockname } from "@fdready/fdready/os";
 * import { SOCK_STREAM, socket, unixAddress } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const address = unixAddress(`\0example-${crypto.randomUUID()}`);
 * const fd = socket(AF_UNIX, SOCK_STREAM);
 * bind(fd, address);
 * assertEquals(getsockname(fd), address);
 * close(fd);
 * ```
 */
export function bind(target: FdLike, address: Uint8Array): void {
  const fd = toFd(target);
  const length = getIntLength(checkAddress(address));
  const result = osLibc().bind(fd, length === 0 ? null : address, length);
  if (result === -1) throw systemError(lastErrno(), "bind", { fd, ...describeAddress(address) });
}

/**
 * Makes a socket listen for connections.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @param backlog The number of connections that can wait to be accepted (default: 511).
 * @throws {SystemError} As listen(2): `ENOTSUP` if sockets of this type don't connect.
 * @throws {TypeError} If `target` isn't a descriptor, or `backlog` isn't an integer.
 * @throws {RangeError} If `backlog` isn't a C `int`.
 *
 * @example Listen on a port that the kernel chooses
 * ```ts
 * import { AF_INET, close, listen, localPort, SOCK_STREAM, socket } from "@fdready/fdready/os";
 * import { assert } from "@std/assert";
 *
 * const fd = socket(AF_INET, SOCK_STREAM);
 * listen(fd, 16);
 * assert(localPort(fd) > 0);
 * close(fd);
 * ```
 */
export function listen(target: FdLike, backlog: number = defaultBacklog): void {
  const fd = toFd(target);
  throwIfFailed(osLibc().listen(fd, checkInteger("backlog", backlog)), "listen", fd);
}

/**
 * Connects a socket, or starts connecting it.
 *
 * If it returns `false`, the connection is still being made. Wait until the socket is writable;
 * {@linkcode socketError} then returns the error, if there is one.
 *
 * A Unix socket is connected at once or not at all. If too many connections wait to be accepted,
 * the call throws `EAGAIN`. Retry after a delay, as `connectUnix` does: the socket doesn't become
 * ready when there is room.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`. If it blocks, so
 * does this call.
 * @param address The peer's address, from {@linkcode unixAddress} or {@linkcode inetAddress}, or
 * made by your program.
 * @returns `true` if it is connected, `false` if the connection is still being made.
 * @throws {SystemError} As connect(2): `ECONNREFUSED`, or `EAGAIN` for a Unix socket. The error
 * names the address.
 * @throws {TypeError} If `target` isn't a descriptor, or `address` isn't a view of memory, or
 * detached.
 *
 * @example Connect a TCP socket
 * ```ts
 * import { waitWritable } from "@fdready/fdready";
 * import { AF_INET, connect, getsockname, listenTcp, SOCK_STREAM } from "@fdready/fdready/os";
 * import { socket, socketError } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * const fd = socket(AF_INET, SOCK_STREAM);
 * if (!connect(fd, getsockname(listener))) await waitWritable(fd);
 * assertEquals(socketError(fd), undefined); // it is connected
 * ```
 */
export function connect(target: FdLike, address: Uint8Array): boolean {
  const fd = toFd(target);
  for (;;) {
    const errno = tryConnect(fd, address);
    if (errno === 0) return true;
    // It has waited until the peer had room, and has to begin again.
    if (errno === EINTR && parseAddress(address).family === AF_UNIX) continue;
    // All other connections are still being made, so the call must not be repeated. connect(2)
    if ([EINPROGRESS, EALREADY, EINTR].includes(errno)) return false;
    throw systemError(errno, "connect", { fd, ...describeAddress(address) });
  }
}

/** Makes the call once. Returns 0 or the errno. */
export function tryConnect(fd: number, address: Uint8Array): number {
  const length = getIntLength(checkAddress(address));
  const result = osLibc().connect(fd, length === 0 ? null : address, length);
  return result === 0 ? 0 : lastErrno();
}

/**
 * Returns the address of a socket.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @returns The address, for {@linkcode parseAddress}, or for {@linkcode connect} on another socket.
 * @throws {SystemError} As getsockname(2): `ENOTSOCK` if it isn't a socket.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Show the address of a listener
 * ```ts
 * import { getsockname, listenTcp, parseAddress } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseAddress(getsockname(listenTcp("::1", 0))).host, "::1");
 * ```
 */
export function getsockname(target: FdLike): Uint8Array<ArrayBuffer> {
  return getAddress("getsockname", toFd(target));
}

/**
 * Returns the address of a socket's peer.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @returns The peer's address, for {@linkcode parseAddress}.
 * @throws {SystemError} As getpeername(2): `ENOTCONN`, or `ENOTSOCK` if it isn't a socket.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Show that a peer has no path
 * ```ts
 * import { AF_UNIX, getpeername, parseAddress, socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseAddress(getpeername(socketpair()[0])), { family: AF_UNIX });
 * ```
 */
export function getpeername(target: FdLike): Uint8Array<ArrayBuffer> {
  return getAddress("getpeername", toFd(target));
}

function getAddress(call: "getsockname" | "getpeername", fd: number): Uint8Array<ArrayBuffer> {
  const address = new Uint8Array(longestAddress);
  const length = new Uint32Array([address.length]);
  throwIfFailed(osLibc()[call](fd, address, length), call, fd);
  return trimAddress(address.slice(0, length[0]));
}

/**
 * Listens on a Unix stream socket.
 *
 * @param path The path, where no file may exist yet, or a NUL and an abstract name; at most 107
 * bytes. Pass a path that isn't UTF-8 as bytes.
 * @param backlog The number of connections that can wait to be accepted (default: 511).
 * @returns The descriptor, which is readable when there is a connection to {@linkcode accept}.
 * @throws {SystemError} As socket(2), bind(2) and listen(2): `EADDRINUSE` if the path exists.
 * @throws {TypeError} If {@linkcode unixAddress} refuses the path, or `backlog` isn't an integer.
 * @throws {RangeError} If the path is too long, or `backlog` isn't a C `int`.
 *
 * @example Listen on an abstract name
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { accept, AF_UNIX, close, connect, listenUnix } from "@fdready/fdready/os";
 * import { SOCK_STREAM, socket, unixAddress } from "@fdready/fdready/os";
 * import { assert } from "@std/assert";
 *
 * const name = `\0example-${crypto.randomUUID()}`;
 * const listener = listenUnix(name);
 * const client = socket(AF_UNIX, SOCK_STREAM);
 * connect(client, unixAddress(name));
 * await waitReadable(listener);
 * const connection = accept(listener);
 * assert(connection !== undefined);
 * for (const fd of [connection, client, listener]) close(fd);
 * ```
 */
export function listenUnix(path: PathLike, backlog: number = defaultBacklog): number {
  return listenOn(unixAddress(path), backlog, []);
}

/**
 * Listens on a TCP socket.
 *
 * @param host The IPv4 or IPv6 address of an interface; `"0.0.0.0"` or `"::"` for all.
 * @param port The port. With 0 the kernel chooses one; {@linkcode localPort} returns it.
 * @param options The options of the listener.
 * @returns The descriptor, which is readable when there is a connection to {@linkcode accept}.
 * @throws {SystemError} As socket(2), bind(2) and listen(2): `EADDRINUSE` if the port is taken.
 * @throws {TypeError} If `host` isn't an address, `port` or `backlog` isn't an integer, or
 * `noDelay` or `reusePort` is neither `true` nor `false`.
 * @throws {RangeError} If `port` isn't a port, or `backlog` isn't a C `int`.
 *
 * @example Listen on any free port
 * ```ts
 * import { close, listenTcp, localPort } from "@fdready/fdready/os";
 * import { assert } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1", 0, { backlog: 16 });
 * assert(localPort(listener) > 0);
 * close(listener);
 * ```
 */
export function listenTcp(host: string, port: number, options: ListenTcpOptions = {}): number {
  const { backlog = defaultBacklog, noDelay = false, reusePort = false } = checkObject(
    "options",
    options,
  );
  checkInteger("option backlog", backlog);
  checkBoolean("option noDelay", noDelay);
  checkBoolean("option reusePort", reusePort);
  const address = inetAddress(host, port);
  return listenOn(address, backlog, [
    [SOL_SOCKET, SO_REUSEADDR],
    ...(reusePort ? [[SOL_SOCKET, SO_REUSEPORT] as const] : []),
    // Accepted connections inherit it.
    ...(noDelay ? [[IPPROTO_TCP, TCP_NODELAY] as const] : []),
  ]);
}

/**
 * Returns the port of a TCP or UDP socket.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @returns The port.
 * @throws {SystemError} As getsockname(2).
 * @throws {TypeError} If `target` isn't a descriptor, or its socket has no port.
 *
 * @example Show the port that the kernel chose
 * ```ts
 * import { close, listenTcp, localPort } from "@fdready/fdready/os";
 * import { assert } from "@std/assert";
 *
 * const listener = listenTcp("::1", 0);
 * assert(localPort(listener) > 0);
 * close(listener);
 * ```
 */
export function localPort(target: FdLike): number {
  const { port } = parseAddress(getsockname(target));
  if (port !== undefined) return port;
  throw new TypeError(`Cannot return the port of ${inspectLine(target)}: its family has no ports`);
}

/** Listens on `address`. `options` are the level and the name of the options to turn on. */
function listenOn(
  address: Uint8Array,
  backlog: number,
  options: readonly (readonly [level: number, name: number])[],
): number {
  const { family } = parseAddress(address);
  checkInteger("backlog", backlog);
  const fd = socket(family, SOCK_STREAM);
  try {
    for (const [level, name] of options) setsockopt(fd, level, name, 1);
    bind(fd, address);
    listen(fd, backlog);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
  return fd;
}
