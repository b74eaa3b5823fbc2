/** Addresses of sockets. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { checkInteger, cString, inspectLine } from "../ffi/checks.ts";
import { osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC } from "./socket_constants.ts";

/** struct sockaddr: the family, as all addresses have it. */
export const sockaddr = { family: 0, length: 2 } as const;

/** struct sockaddr_un. unix(7) */
export const sockaddr_un = { family: 0, path: 2, length: 110 } as const;

/** struct sockaddr_in; port and address in network order. ip(7) */
export const sockaddr_in = { family: 0, port: 2, address: 4, length: 16 } as const;

/** struct sockaddr_in6; port and address in network order. ipv6(7) */
export const sockaddr_in6 = { family: 0, port: 2, address: 8, scope: 24, length: 28 } as const;

/** sizeof(struct sockaddr_storage), which has room for all of them. */
export const longestAddress = 128;

/** INET6_ADDRSTRLEN */
const longestText = 46;

/** The parts of an address. */
export interface ParsedAddress {
  /** Its family: `AF_*`. */
  readonly family: number;
  /** Of {@linkcode AF_UNIX}: the path, or a NUL and the abstract name. Missing if it has no name. */
  readonly path?: string;
  /** Of {@linkcode AF_INET} and {@linkcode AF_INET6}: the IP address, with `%` and the zone's index if it has one. */
  readonly host?: string;
  /** Of {@linkcode AF_INET} and {@linkcode AF_INET6}: the port. */
  readonly port?: number;
}

/**
 * Makes an address of a Unix socket.
 *
 * @param path The path, or a NUL and an abstract name; at most 107 bytes. An abstract name is in
 * no file system, and ends with the socket.
 * @returns The address, for {@linkcode bind}, {@linkcode connect} and {@linkcode sendmsg}.
 * @throws {TypeError} If the path isn't a string, is empty, has a lone surrogate, or has a NUL
 * other than the one before an abstract name.
 * @throws {RangeError} If the path is too long.
 *
 * @example
 * ```ts
 * import { parseAddress, unixAddress } from "@fdready/fdready/os";
 *
 * console.log(parseAddress(unixAddress("/run/example")).path); // /run/example
 * console.log(unixAddress("\0example").length); // 10: the family, the NUL and the name
 * ```
 */
export function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const abstract = typeof path === "string" && path.startsWith("\0");
  // A path ends with a NUL, and an abstract name begins with one.
  const name = abstract ? cString(path.slice(1)) : cString(path);
  // The kernel would choose an abstract name. unix(7)
  if (path === "") throw new TypeError("A Unix socket's path has at least 1 byte, got ''");
  if (sockaddr_un.path + name.length > sockaddr_un.length) {
    throw new RangeError(`A Unix socket's path has at most 107 bytes, got ${name.length - 1}`);
  }
  const address = new Uint8Array(sockaddr_un.path + name.length);
  address[sockaddr_un.family] = AF_UNIX;
  if (abstract) address.set(name.subarray(0, -1), sockaddr_un.path + 1);
  else address.set(name, sockaddr_un.path);
  return address;
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
 * @example
 * ```ts
 * import { inetAddress, parseAddress } from "@fdready/fdready/os";
 *
 * console.log(parseAddress(inetAddress("::1", 80))); // { family: 10, host: "::1", port: 80 }
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

/** `address`, unless it is a text, for which there are functions that make an address of it. */
export function checkAddress(address: Uint8Array): Uint8Array {
  if (typeof address !== "string") return address;
  throw new TypeError(
    `An address is a Uint8Array, got ${inspectLine(address)}. ` +
      "Make one by unixAddress(path) or inetAddress(host, port)",
  );
}

/**
 * Takes an address apart.
 *
 * @param address The address, as {@linkcode getsockname}, {@linkcode getpeername} and
 * {@linkcode recvmsg} return it. An address of 0 bytes has the family {@linkcode AF_UNSPEC}.
 * @returns The family, and the other parts of a Unix, an IPv4 or an IPv6 address.
 * @throws {TypeError} If `address` isn't a view of memory, or too short for its family.
 *
 * @example
 * ```ts
 * import { getsockname, listenTcp, parseAddress } from "@fdready/fdready/os";
 *
 * const { host, port } = parseAddress(getsockname(listenTcp("127.0.0.1", 0)));
 * console.log(host, port); // 127.0.0.1, and a port that the kernel chose
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

/** How an error names an address, which may be malformed. */
export function nameOf(bytes: Uint8Array): { path?: string; address?: string } {
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
  // A copy, since shared memory can't be decoded.
  const path = name.slice(0, end === -1 ? undefined : end);
  return { path: new TextDecoder("utf-8", { ignoreBOM: true }).decode(path) };
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
