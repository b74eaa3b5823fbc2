/** Addresses of sockets. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { checkInteger, cString, inspectLine } from "../ffi/checks.ts";
import { osLibc } from "../ffi/libc.ts";
import { decodePath, type PathLike, toCPath } from "../ffi/paths.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC } from "./socket_constants.ts";

/** struct sockaddr: the family, which all addresses have. */
export const sockaddr = { family: 0, length: 2 } as const;

/** struct sockaddr_un. unix(7) */
export const sockaddr_un = { family: 0, path: 2, length: 110 } as const;

/** struct sockaddr_in; port and address in network order. ip(7) */
export const sockaddr_in = { family: 0, port: 2, address: 4, length: 16 } as const;

/** struct sockaddr_in6; port and address in network order. ipv6(7) */
export const sockaddr_in6 = { family: 0, port: 2, address: 8, scope: 24, length: 28 } as const;

/** sizeof(struct sockaddr_storage), the size of the longest address. */
export const longestAddress = 128;

/** INET6_ADDRSTRLEN */
const longestText = 46;

/** The parts of an address. */
export interface ParsedAddress {
  /** Its family: `AF_*`. */
  readonly family: number;
  /**
   * For {@linkcode AF_UNIX}: the path, or a NUL and the abstract name. Missing if it has no name.
   * Bytes that aren't UTF-8 are replaced. The address itself has them, from its third byte on.
   */
  readonly path?: string;
  /**
   * For {@linkcode AF_INET} and {@linkcode AF_INET6}: the IP address, with `%` and the zone's index
   * if it has one.
   */
  readonly host?: string;
  /** For {@linkcode AF_INET} and {@linkcode AF_INET6}: the port. */
  readonly port?: number;
}

/**
 * Makes an address of a Unix socket.
 *
 * @param path The path, or a NUL and an abstract name; at most 107 bytes. An abstract name isn't in
 * any file system, and ends with the socket. Pass a path that isn't UTF-8 as bytes.
 * @returns The address, for {@linkcode bind}, {@linkcode connect} and {@linkcode sendmsg}.
 * @throws {TypeError} If the path is neither a string nor a Uint8Array, is empty, has a lone
 * surrogate, or has a NUL other than the one before an abstract name.
 * @throws {RangeError} If the path is too long.
 *
 * @example Make an address of a path, and one of an abstract name
 * ```ts
 * import { parseAddress, unixAddress } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseAddress(unixAddress("/run/example")).path, "/run/example");
 * assertEquals(unixAddress("\0example").length, 10); // the family, the NUL and the name
 * ```
 */
export function unixAddress(path: PathLike): Uint8Array<ArrayBuffer> {
  const name = toSunPath(path);
  if (name.length > sockaddr_un.length - sockaddr_un.path) {
    throw new RangeError(`A Unix socket path must be at most 107 bytes, got ${name.length - 1}`);
  }
  const address = new Uint8Array(sockaddr_un.path + name.length);
  address[sockaddr_un.family] = AF_UNIX;
  address.set(name, sockaddr_un.path);
  return address;
}

/** Returns `path` with a NUL at its end, or an abstract name with the NUL at its start. unix(7) */
function toSunPath(path: PathLike): Uint8Array<ArrayBuffer> {
  if (typeof path === "string" && path.startsWith("\0")) {
    const name = cString(path.slice(1));
    return name.copyWithin(1, 0).fill(0, 0, 1);
  }
  // The bytes of an abstract name may contain more NULs.
  if (ArrayBuffer.isView(path) && toPlainBytes(path)[0] === 0) return toPlainBytes(path).slice();
  const name = toCPath(path);
  // For an empty path, the kernel would choose an abstract name.
  if (name.length > 1) return name;
  throw new TypeError(`A Unix socket path must not be empty, got ${inspectLine(path)}`);
}

/**
 * Makes an address of a TCP or UDP socket.
 *
 * @param host An IPv4 or IPv6 address; an IPv6 one may have a zone, as in `"fe80::1%eth0"` or
 * `"fe80::1%2"`. Host names are not looked up.
 * @param port The port.
 * @returns The address, for {@linkcode bind}, {@linkcode connect} and {@linkcode sendmsg}.
 * @throws {TypeError} If `host` isn't an IP address, or `port` isn't an integer.
 * @throws {RangeError} If `port` isn't a port, or the zone's index has more than 32 bits.
 * @throws {SystemError} `ENODEV`, if the zone isn't the name of an interface.
 *
 * @example Make an IPv6 address
 * ```ts
 * import { AF_INET6, inetAddress, parseAddress } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const address = inetAddress("::1", 80);
 * assertEquals(parseAddress(address), { family: AF_INET6, host: "::1", port: 80 });
 * ```
 */
export function inetAddress(host: string, port: number): Uint8Array<ArrayBuffer> {
  checkInteger("port", port, 0, 65535);
  if (typeof host !== "string") throw notAnAddress(host);
  const [ip, zone] = splitZone(host);
  if (ip.includes("\0") || !ip.isWellFormed()) throw notAnAddress(host);
  if (zone === undefined) {
    const address = newAddress(AF_INET, sockaddr_in, port);
    if (convert(AF_INET, ip, address.subarray(sockaddr_in.address))) return address;
  }
  const address = newAddress(AF_INET6, sockaddr_in6, port);
  if (zone === "" || !convert(AF_INET6, ip, address.subarray(sockaddr_in6.address))) {
    throw notAnAddress(host);
  }
  const scope = zone === undefined ? 0 : indexOfZone(zone);
  new DataView(address.buffer).setUint32(sockaddr_in6.scope, scope, true);
  return address;
}

/** Whether {@linkcode inetAddress} accepts `host`. A zone may still be that of no interface. */
export function isIpAddress(host: string): boolean {
  const [ip, zone] = splitZone(host);
  return convert(AF_INET6, ip, new Uint8Array(16)) ||
    zone === undefined && convert(AF_INET, ip, new Uint8Array(4));
}

/** Returns `address`; throws a `TypeError` with the right call if it is a string. */
export function checkAddress(address: Uint8Array): Uint8Array {
  if (typeof address !== "string") return address;
  throw new TypeError(
    `An address must be a Uint8Array, got ${inspectLine(address)}. ` +
      "Make one with unixAddress(path) or inetAddress(host, port)",
  );
}

/**
 * Parses an address.
 *
 * @param address The address, from {@linkcode getsockname}, {@linkcode getpeername} or
 * {@linkcode recvmsg}. An address of 0 bytes has the family {@linkcode AF_UNSPEC}.
 * @returns The family, and the other parts of a Unix, an IPv4 or an IPv6 address.
 * @throws {TypeError} If `address` isn't a view of memory, or too short for its family.
 *
 * @example Find the address of a listener
 * ```ts
 * import { close, getsockname, listenTcp, localPort, parseAddress } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1", 0); // the kernel chooses the port
 * const { host, port } = parseAddress(getsockname(listener));
 * assertEquals([host, port], ["127.0.0.1", localPort(listener)]);
 * close(listener);
 * ```
 */
export function parseAddress(address: Uint8Array): ParsedAddress {
  const bytes = toPlainBytes(address);
  if (bytes.length === 0) return { family: AF_UNSPEC };
  checkLength(bytes, sockaddr.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const family = view.getUint16(sockaddr.family, true);
  if (family === AF_UNIX) return { family, ...unixPath(bytes.subarray(sockaddr_un.path)) };
  if (family === AF_INET) {
    checkLength(bytes, sockaddr_in.length);
    const host = formatIp(family, bytes.slice(sockaddr_in.address, sockaddr_in.address + 4));
    return { family, host, port: view.getUint16(sockaddr_in.port) };
  }
  if (family === AF_INET6) {
    checkLength(bytes, sockaddr_in6.length);
    const ip = formatIp(family, bytes.slice(sockaddr_in6.address, sockaddr_in6.address + 16));
    const scope = view.getUint32(sockaddr_in6.scope, true);
    const host = scope === 0 ? ip : `${ip}%${scope}`;
    return { family, host, port: view.getUint16(sockaddr_in6.port) };
  }
  return { family };
}

/** Describes an address, which may be malformed, for an error. */
export function describeAddress(bytes: Uint8Array): { path?: string; address?: string } {
  try {
    const { family, path, host, port } = parseAddress(bytes);
    if (host === undefined) return path === undefined ? {} : { path };
    return { address: `${family === AF_INET6 ? `[${host}]` : host}:${port}` };
  } catch {
    return {};
  }
}

function splitZone(host: string): [ip: string, zone: string | undefined] {
  const at = host.indexOf("%");
  return at === -1 ? [host, undefined] : [host.slice(0, at), host.slice(at + 1)];
}

function indexOfZone(zone: string): number {
  // Very many digits make Infinity, which isn't an integer.
  const number = Math.min(Number(zone), Number.MAX_SAFE_INTEGER);
  if (/^\d+$/.test(zone)) return checkInteger("zone", number, 0, 0xffff_ffff);
  const index = osLibc().if_nametoindex(cString(zone));
  return index === 0 ? throwIfFailed(-1, "if_nametoindex") : index;
}

function newAddress(
  family: number,
  layout: { readonly family: number; readonly port: number; readonly length: number },
  port: number,
): Uint8Array<ArrayBuffer> {
  const address = new Uint8Array(layout.length);
  const view = new DataView(address.buffer);
  view.setUint16(layout.family, family, true);
  view.setUint16(layout.port, port);
  return address;
}

/** Whether `ip` is an address of `family`. */
function convert(family: number, ip: string, to: Uint8Array<ArrayBuffer>): boolean {
  return osLibc().inet_pton(family, cString(ip), to) === 1;
}

/** The text of an IP address. */
export function formatIp(family: number, ip: Uint8Array): string {
  const text = new Uint8Array(longestText);
  osLibc().inet_ntop(family, ip, text, text.length);
  return new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
}

function unixPath(name: Uint8Array): { path?: string } {
  if (name.length === 0) return {};
  const end = name[0] === 0 ? -1 : name.indexOf(0);
  return { path: decodePath(name.subarray(0, end === -1 ? undefined : end)) };
}

/**
 * Returns an address from the kernel without the NUL that it appends to a path of 108 bytes, the
 * longest that fits into the struct. It refuses an address with that NUL.
 */
export function trimAddress(address: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (address.length <= sockaddr_un.length || address[sockaddr.family] !== AF_UNIX) return address;
  return address.slice(0, sockaddr_un.length);
}

function checkLength(address: Uint8Array, length: number): void {
  if (address.length >= length) return;
  throw new TypeError(
    `Not an address: got ${address.length} bytes, and its family needs at least ${length}`,
  );
}

function notAnAddress(host: unknown): TypeError {
  return new TypeError(`Not an IP address: ${inspectLine(host)}`);
}
