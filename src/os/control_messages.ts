/** Decoding control data. Nothing outside the bytes of a message is ever read. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { inspectLine } from "../ffi/checks.ts";
import { SOL_SOCKET } from "../ffi/constants.ts";
import { errnoName } from "../ffi/errors.ts";
import type { ControlMessage } from "../sys/control_messages.ts";
import { formatIp } from "./address.ts";
import {
  IP_PKTINFO,
  IP_RECVERR,
  IPV6_PKTINFO,
  IPV6_RECVERR,
  SCM_CREDENTIALS,
  SCM_TIMESTAMP,
  SCM_TIMESTAMPING,
  SCM_TIMESTAMPNS,
  UDP_GRO,
} from "./control_constants.ts";
import { AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_UDP } from "./socket_constants.ts";

/** struct ucred. unix(7) */
export const ucred = { pid: 0, uid: 4, gid: 8, length: 12 } as const;

/** struct in_pktinfo. ip(7) */
export const in_pktinfo = { index: 0, local: 4, destination: 8, length: 12 } as const;

/** struct in6_pktinfo. ipv6(7) */
export const in6_pktinfo = { destination: 0, index: 16, length: 20 } as const;

/** struct timespec and struct timeval, whose second word counts nanoseconds or microseconds. */
export const timespec = { seconds: 0, fraction: 8, length: 16 } as const;

/** struct sock_extended_err, followed by the address of the machine that reported it. ip(7) */
export const sock_extended_err = {
  errno: 0,
  origin: 4,
  type: 5,
  code: 6,
  info: 8,
  data: 12,
  length: 16,
} as const;

/** The sender of a message. */
export interface Credentials {
  /** The number of the process. */
  readonly pid: number;
  /** The number of its user. */
  readonly uid: number;
  /** The number of its group. */
  readonly gid: number;
}

/** Where a datagram arrived. */
export interface PacketInfo {
  /** The index of the network interface. */
  readonly interfaceIndex: number;
  /** The address that it was sent to. */
  readonly destination: string;
  /** The interface's own address, from which an answer is sent. Only for IPv4. */
  readonly local?: string;
}

/** When a message was sent or received, in nanoseconds since 1970. */
export interface Timestamps {
  /** By the kernel's clock. */
  readonly software?: bigint;
  /** By the network adapter's clock. */
  readonly hardware?: bigint;
}

/** An entry of a socket's error queue. */
export interface ExtendedError {
  /** The error's name, such as `"ECONNREFUSED"`. `"ENOMSG"` for a report without an error. */
  readonly error: string;
  /** The origin of the error: `SO_EE_ORIGIN_*`. */
  readonly origin: number;
  /** The type of an ICMP message. */
  readonly type: number;
  /** The code of an ICMP message. */
  readonly code: number;
  /** A detail: for `"EMSGSIZE"`, the largest size; for timestamps, which kind it is. */
  readonly info: number;
  /** A detail: for timestamps, the number of the message. */
  readonly data: number;
  /** The address of the machine that reported it, for {@linkcode parseAddress}; 0 bytes if none. */
  readonly offender: Uint8Array;
}

/**
 * Returns the sender of a message over a Unix socket with the option {@linkcode SO_PASSCRED}. The
 * kernel guarantees that it is correct.
 *
 * @param control The control data of a message from {@linkcode recvmsg}.
 * @returns The sender's process, user and group; `undefined` if the message doesn't have them.
 * @throws {TypeError} If `control` isn't an array of control messages.
 *
 * @example Identify the process on the other side
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseCredentials, recvmsg, sendmsg, setsockopt } from "@fdready/fdready/os";
 * import { SO_PASSCRED, socketpair, SOL_SOCKET } from "@fdready/fdready/os";
 * import process from "node:process";
 *
 * const [one, other] = socketpair();
 * setsockopt(other, SOL_SOCKET, SO_PASSCRED, 1);
 * sendmsg(one, { data: new TextEncoder().encode("it's me") });
 * const { control } = recvmsg(other, new Uint8Array(64))!;
 * assertEquals(parseCredentials(control)?.pid, process.pid);
 * ```
 */
export function parseCredentials(control: readonly ControlMessage[]): Credentials | undefined {
  const data = findData(control, SOL_SOCKET, SCM_CREDENTIALS, ucred.length);
  return data && {
    pid: data.getInt32(ucred.pid, true),
    uid: data.getUint32(ucred.uid, true),
    gid: data.getUint32(ucred.gid, true),
  };
}

/**
 * Returns where a datagram arrived, on a socket with the option {@linkcode IP_PKTINFO} or
 * {@linkcode IPV6_RECVPKTINFO}. To answer from the same address, send the message itself back as
 * control data.
 *
 * @param control The control data of a message from {@linkcode recvmsg}.
 * @returns The interface and the address; `undefined` if the message doesn't have them.
 * @throws {TypeError} If `control` isn't an array of control messages.
 *
 * @example Answer from the address that was asked
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { waitReadable } from "@fdready/fdready";
 * import { AF_INET, bind, getsockname, inetAddress } from "@fdready/fdready/os";
 * import { IP_PKTINFO, IPPROTO_IP } from "@fdready/fdready/os";
 * import { parseAddress, parsePacketInfo, recvmsg, sendmsg } from "@fdready/fdready/os";
 * import { localPort, setsockopt, SOCK_DGRAM, socket } from "@fdready/fdready/os";
 *
 * const [client, server] = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)];
 * bind(server, inetAddress("0.0.0.0", 0));
 * setsockopt(server, IPPROTO_IP, IP_PKTINFO, 1);
 * const buffer = new Uint8Array(64);
 * sendmsg(client, { data: buffer, address: inetAddress("127.0.0.2", localPort(server)) });
 *
 * await waitReadable(server);
 * const { address, control } = recvmsg(server, buffer)!;
 * assertEquals(parsePacketInfo(control)?.destination, "127.0.0.2");
 * sendmsg(server, { data: buffer, address, control });
 *
 * await waitReadable(client);
 * assertEquals(parseAddress(recvmsg(client, buffer)!.address).host, "127.0.0.2");
 * ```
 */
export function parsePacketInfo(control: readonly ControlMessage[]): PacketInfo | undefined {
  const four = findData(control, IPPROTO_IP, IP_PKTINFO, in_pktinfo.length);
  if (four !== undefined) {
    return {
      interfaceIndex: four.getInt32(in_pktinfo.index, true),
      destination: formatIp(AF_INET, bytesAt(four, in_pktinfo.destination, 4)),
      local: formatIp(AF_INET, bytesAt(four, in_pktinfo.local, 4)),
    };
  }
  const six = findData(control, IPPROTO_IPV6, IPV6_PKTINFO, in6_pktinfo.length);
  return six && {
    interfaceIndex: six.getUint32(in6_pktinfo.index, true),
    destination: formatIp(AF_INET6, bytesAt(six, in6_pktinfo.destination, 16)),
  };
}

/**
 * Returns when a message arrived, on a socket with the option {@linkcode SO_TIMESTAMP},
 * {@linkcode SO_TIMESTAMPNS} or {@linkcode SO_TIMESTAMPING}, or when it was sent, from the error
 * queue.
 *
 * @param control The control data of a message from {@linkcode recvmsg}.
 * @returns The times in nanoseconds; `undefined` if the message has none.
 * @throws {TypeError} If `control` isn't an array of control messages.
 *
 * @example See when a datagram arrived
 * ```ts
 * import { assert } from "@std/assert";
 * import { waitReadable } from "@fdready/fdready";
 * import { AF_INET, bind, getsockname, inetAddress, parseTimestamps } from "@fdready/fdready/os";
 * import { recvmsg, sendmsg, setsockopt, SOCK_DGRAM, socket } from "@fdready/fdready/os";
 * import { SO_TIMESTAMPNS, SOL_SOCKET } from "@fdready/fdready/os";
 *
 * const fd = socket(AF_INET, SOCK_DGRAM);
 * bind(fd, inetAddress("127.0.0.1", 0));
 * setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
 * const data = new TextEncoder().encode("to myself");
 * sendmsg(fd, { data, address: getsockname(fd) });
 *
 * await waitReadable(fd);
 * const { control } = recvmsg(fd, new Uint8Array(64))!;
 * assert(parseTimestamps(control)!.software! > 0n);
 * ```
 */
export function parseTimestamps(control: readonly ControlMessage[]): Timestamps | undefined {
  const times = findData(control, SOL_SOCKET, SCM_TIMESTAMPING, 3 * timespec.length);
  if (times !== undefined) {
    // The second one is no longer used.
    const [software, , hardware] = [0, 1, 2].map((index) => nanosecondsAt(times, index, 1n));
    return { ...(software ? { software } : {}), ...(hardware ? { hardware } : {}) };
  }
  const precise = findData(control, SOL_SOCKET, SCM_TIMESTAMPNS, timespec.length);
  if (precise !== undefined) return { software: nanosecondsAt(precise, 0, 1n) };
  const coarse = findData(control, SOL_SOCKET, SCM_TIMESTAMP, timespec.length);
  return coarse && { software: nanosecondsAt(coarse, 0, 1000n) };
}

/**
 * Returns why sending failed, from a message that was received with {@linkcode MSG_ERRQUEUE}, on
 * a socket with the option {@linkcode IP_RECVERR} or {@linkcode IPV6_RECVERR}.
 *
 * @param control The control data of a message from {@linkcode recvmsg}.
 * @returns The error and its origin; `undefined` if the message has none.
 * @throws {TypeError} If `control` isn't an array of control messages.
 *
 * @example See which machine refused a datagram
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { waitReady } from "@fdready/fdready";
 * import { AF_INET, inetAddress, IP_RECVERR, IPPROTO_IP, MSG_ERRQUEUE } from "@fdready/fdready/os";
 * import { parseAddress, parseExtendedError, recvmsg, sendmsg } from "@fdready/fdready/os";
 * import { bind, close, getsockname, setsockopt, SOCK_DGRAM, socket } from "@fdready/fdready/os";
 *
 * const [client, closed] = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)];
 * bind(closed, inetAddress("127.0.0.1", 0));
 * const address = getsockname(closed);
 * close(closed);
 * setsockopt(client, IPPROTO_IP, IP_RECVERR, 1);
 * sendmsg(client, { data: new Uint8Array(4), address });
 *
 * await waitReady(client, { readable: true });
 * const { control } = recvmsg(client, new Uint8Array(64), { flags: MSG_ERRQUEUE })!;
 * const { error, offender } = parseExtendedError(control)!;
 * assertEquals([error, parseAddress(offender).host], ["ECONNREFUSED", "127.0.0.1"]);
 * ```
 */
export function parseExtendedError(control: readonly ControlMessage[]): ExtendedError | undefined {
  const { length } = sock_extended_err;
  const view = findData(control, IPPROTO_IP, IP_RECVERR, length) ??
    findData(control, IPPROTO_IPV6, IPV6_RECVERR, length);
  return view && {
    error: errnoName(view.getUint32(sock_extended_err.errno, true)),
    origin: view.getUint8(sock_extended_err.origin),
    type: view.getUint8(sock_extended_err.type),
    code: view.getUint8(sock_extended_err.code),
    info: view.getUint32(sock_extended_err.info, true),
    data: view.getUint32(sock_extended_err.data, true),
    offender: offenderIn(bytesAt(view, length, view.byteLength - length)),
  };
}

/**
 * Returns the size of the datagrams that the kernel received as one, on a socket with the
 * option {@linkcode UDP_GRO}.
 *
 * @param control The control data of a message from {@linkcode recvmsg}.
 * @returns The size in bytes of each datagram except the last, which may be shorter; `undefined`
 * for a single datagram.
 * @throws {TypeError} If `control` isn't an array of control messages.
 *
 * @example Send and receive several datagrams at once
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { waitReadable } from "@fdready/fdready";
 * import { AF_INET, bind, getsockname, inetAddress, parseSegmentSize } from "@fdready/fdready/os";
 * import { recvmsg, sendmsg, setsockopt, SOCK_DGRAM, socket } from "@fdready/fdready/os";
 * import { IPPROTO_UDP, UDP_GRO, UDP_SEGMENT } from "@fdready/fdready/os";
 *
 * const fd = socket(AF_INET, SOCK_DGRAM);
 * bind(fd, inetAddress("127.0.0.1", 0));
 * setsockopt(fd, IPPROTO_UDP, UDP_GRO, 1);
 * const size = new Uint8Array(new Uint16Array([1000]).buffer);
 * const control = [{ level: IPPROTO_UDP, type: UDP_SEGMENT, data: size }];
 * sendmsg(fd, { data: new Uint8Array(2500), address: getsockname(fd), control });
 *
 * await waitReadable(fd);
 * const message = recvmsg(fd, new Uint8Array(65536))!;
 * assertEquals([message.length, parseSegmentSize(message.control)], [2500, 1000]);
 * ```
 */
export function parseSegmentSize(control: readonly ControlMessage[]): number | undefined {
  return findData(control, IPPROTO_UDP, UDP_GRO, 4)?.getInt32(0, true);
}

/** The data of the first such message; `undefined` if there is none, or it has been cut off. */
function findData(
  control: readonly ControlMessage[],
  level: number,
  type: number,
  length: number,
): DataView | undefined {
  if (!Array.isArray(control)) {
    throw new TypeError(`Not the control data of a message: ${inspectLine(control)}`);
  }
  const found = control.find((message) => message?.level === level && message.type === type);
  if (found === undefined) return undefined;
  const { buffer, byteOffset, byteLength } = toPlainBytes(found.data);
  return byteLength < length ? undefined : new DataView(buffer, byteOffset, byteLength);
}

function bytesAt(view: DataView, start: number, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(view.buffer, view.byteOffset + start, length).slice();
}

function nanosecondsAt(view: DataView, index: number, unit: bigint): bigint {
  const start = index * timespec.length;
  const seconds = view.getBigInt64(start + timespec.seconds, true);
  return seconds * 1_000_000_000n + view.getBigInt64(start + timespec.fraction, true) * unit;
}

/** Without an offender the kernel leaves its family empty. */
function offenderIn(address: Uint8Array): Uint8Array {
  return address.every((byte) => byte === 0) ? new Uint8Array(0) : address;
}
