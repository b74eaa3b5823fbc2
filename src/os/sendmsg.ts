/** Messages: data, addresses and descriptors. */

import { notBytesError, toPlainBytes } from "../ffi/bytes.ts";
import { keepAlive } from "../ffi/c_memory.ts";
import {
  checkFlags,
  checkInteger,
  checkObject,
  type FdLike,
  inspectLine,
  toFd,
} from "../ffi/checks.ts";
import { EBADF, F_GETFD } from "../ffi/constants.ts";
import { SystemError, systemError } from "../ffi/errors.ts";
import { libc, osLibc } from "../ffi/libc.ts";
import {
  controlRoom,
  descriptorsIn,
  MessageHeader,
  mostDescriptors,
  toRightsControl,
} from "../sys/message_header.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { retryUnlessWouldBlock } from "../ffi/results.ts";
import { checkAddress, longestAddress } from "./address.ts";
import { MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_DONTWAIT, MSG_NOSIGNAL } from "./socket_constants.ts";
import { checkViews, totalLength } from "./readv_writev.ts";

/** What {@linkcode sendmsg} sends. */
export interface OutgoingMessage {
  /**
   * The bytes: one view of memory, or several, which are sent one after another. No bytes make an
   * empty datagram.
   */
  readonly data: ArrayBufferView | readonly ArrayBufferView[];
  /**
   * The receiver's address, from {@linkcode unixAddress} or {@linkcode inetAddress}. The default
   * is the peer that the socket is connected to.
   */
  readonly address?: Uint8Array;
  /** Descriptors to pass over a Unix socket, at most 253. They stay open here. */
  readonly fds?: readonly FdLike[];
}

/** How {@linkcode recvmsg} receives. */
export interface RecvmsgOptions {
  /**
   * How many descriptors to receive at most, up to 253. The default is 0: the receiver has to
   * close them, so an untrusted peer could use up its descriptors.
   */
  readonly maxFds?: number;
  /** `MSG_*` constants, combined by `|`. */
  readonly flags?: number;
}

/** What {@linkcode recvmsg} has received. */
export interface IncomingMessage {
  /**
   * The number of bytes. 0 is the end of a stream, or an empty datagram; with
   * {@linkcode SOCK_SEQPACKET} it may be either. If you passed {@linkcode MSG_TRUNC} as a flag, it
   * is the whole length of the datagram, which may be longer than the buffer.
   */
  readonly length: number;
  /**
   * The sender's address, for {@linkcode parseAddress}; of 0 bytes if it has none or is connected.
   */
  readonly address: Uint8Array<ArrayBuffer>;
  /**
   * The descriptors that were passed, none unless you set `maxFds`. They are close-on-exec, and
   * yours to close. Whether they block is the sender's choice.
   */
  readonly fds: number[];
  /**
   * `MSG_*` constants: {@linkcode MSG_TRUNC} if the datagram was longer than the buffer,
   * {@linkcode MSG_CTRUNC} if there were more descriptors than `maxFds`, and others. If `maxFds` is
   * 0, other control data sets {@linkcode MSG_CTRUNC} too.
   */
  readonly flags: number;
}

/**
 * Sends a message: data from one or several pieces of memory, optionally to an address and with
 * descriptors. It never blocks, even if the open file does, and never raises `SIGPIPE`.
 *
 * @param fd The socket: its number, or an object with an `fd` or a `fileno()`.
 * @param message What to send.
 * @param flags `MSG_*` constants, combined by `|`; {@linkcode MSG_DONTWAIT} and
 * {@linkcode MSG_NOSIGNAL} are always set.
 * @returns The number of bytes sent; `undefined` if it would block, and nothing was sent. A stream
 * may take fewer bytes than given, but always all the descriptors.
 * @throws {SystemError} As sendmsg(2): `EPIPE`, `EMSGSIZE` for a datagram that is too long or more
 * than 1024 pieces, `EBADF` if the socket or one of `fds` isn't open, which the error's `fd` names,
 * `ETOOMANYREFS` if too many descriptors have been sent and not yet received.
 * @throws {TypeError} If `fd` or one of `fds` isn't a descriptor, if the data or the address isn't a
 * view of memory or is detached, if `flags` isn't an integer, or if there are descriptors but no
 * data, since a stream would drop them.
 * @throws {RangeError} If there are more than 253 descriptors, or `flags` has more than 32 bits.
 *
 * @example
 * ```ts
 * import { close, pipe, recvmsg, sendmsg, socketpair, write } from "@fdready/fdready/os";
 *
 * const [one, other] = socketpair();
 * const [from, to] = pipe();
 * sendmsg(one, { data: new TextEncoder().encode("a pipe"), fds: [to] });
 * close(to);
 *
 * const message = recvmsg(other, new Uint8Array(64), { maxFds: 1 })!;
 * const [copy] = message.fds;
 * write(copy!, new TextEncoder().encode("hello")); // can be read from `from`
 * for (const fd of [one, other, from, copy!]) close(fd);
 * ```
 */
export function sendmsg(fd: FdLike, message: OutgoingMessage, flags = 0): number | undefined {
  const number = toFd(fd);
  const { data, address, fds = [] } = checkObject("message", message);
  const allFlags = checkFlags("flags", flags) | MSG_DONTWAIT | MSG_NOSIGNAL;
  const numbers = toFds(fds);
  const name = address === undefined ? nothing : toPlainBytes(checkAddress(address));
  const views = viewsOf(data);
  if (numbers.length > 0 && totalLength(views) === 0) {
    throw new TypeError("Descriptors need at least 1 byte of data, got 0 bytes");
  }
  const header = new MessageHeader({ name, views, control: toRightsControl(numbers) });
  const call = () => osLibc().sendmsg(number, header.view, allFlags);
  try {
    return keepAlive(header, () => retryUnlessWouldBlock("sendmsg", number, call));
  } catch (error) {
    throw error instanceof SystemError && error.code === "EBADF"
      ? notOpen(number, numbers) ?? error
      : error;
  }
}

/**
 * Receives a message: data, the sender's address, and descriptors. It never blocks, even if the
 * open file does.
 *
 * Descriptors beyond `maxFds` are closed, and the message has the flag {@linkcode MSG_CTRUNC}.
 * Other control data, for which some socket options ask, is dropped.
 *
 * @param fd The socket: its number, or an object with an `fd` or a `fileno()`.
 * @param buffer Where to put the data: a typed array or a DataView. If it has no bytes, the data
 * of a datagram is lost.
 * @param options How many descriptors to take, and flags; {@linkcode MSG_DONTWAIT} and
 * {@linkcode MSG_CMSG_CLOEXEC} are always set.
 * @returns The message; `undefined` if it would block. A length of 0 is an empty datagram, or the
 * end of a stream.
 * @throws {SystemError} As recvmsg(2): `ECONNREFUSED` if an earlier datagram was refused,
 * `ENOTSOCK` if `fd` isn't a socket.
 * @throws {TypeError} If `fd` isn't a descriptor, `buffer` isn't a view of memory or is detached,
 * or an option isn't an integer.
 * @throws {RangeError} If `maxFds` isn't from 0 to 253, or `flags` has more than 32 bits.
 *
 * @example
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { AF_INET, bind, getsockname, inetAddress, parseAddress } from "@fdready/fdready/os";
 * import { recvmsg, sendmsg, SOCK_DGRAM, socket } from "@fdready/fdready/os";
 *
 * const [one, other] = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)];
 * for (const fd of [one, other]) bind(fd, inetAddress("127.0.0.1", 0));
 * sendmsg(one, { data: new TextEncoder().encode("hello"), address: getsockname(other) });
 *
 * await waitReadable(other);
 * const buffer = new Uint8Array(65536);
 * const { length, address } = recvmsg(other, buffer)!;
 * console.log(length, parseAddress(address).host); // 5 127.0.0.1
 * ```
 */
export function recvmsg(
  fd: FdLike,
  buffer: ArrayBufferView,
  options: RecvmsgOptions = {},
): IncomingMessage | undefined {
  const number = toFd(fd);
  const { maxFds = 0, flags = 0 } = checkObject("options", options);
  const room = checkInteger("option maxFds", maxFds, 0, mostDescriptors);
  const allFlags = checkFlags("option flags", flags) | MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
  const bytes = toPlainBytes(buffer);
  const name = new Uint8Array(longestAddress);
  const control = controlRoom(room);
  const header = new MessageHeader({ name, views: [bytes], control });
  const call = () => osLibc().recvmsg(number, header.view, allFlags);
  const length = keepAlive(header, () => retryUnlessWouldBlock("recvmsg", number, call));
  if (length === undefined) return undefined;
  const { passed, others } = descriptorsIn(control, header.controlLength);
  const fds = passed.slice(0, room);
  // Also the sender's pidfd, for a socket with SO_PASSPIDFD, which the program would never see.
  for (const fd of [...passed.slice(room), ...others]) libc().close(fd);
  try {
    const truncated = passed.length > room ? MSG_CTRUNC : 0;
    const received = (header.flags & ~MSG_CMSG_CLOEXEC) | truncated;
    const address = name.slice(0, header.nameLength);
    return { length, address, fds: fds.map(noteOpened), flags: received };
  } catch (error) {
    for (const fd of fds) libc().close(fd);
    throw error;
  }
}

function viewsOf(data: ArrayBufferView | readonly ArrayBufferView[]): ArrayBufferView[] {
  if (ArrayBuffer.isView(data)) return checkViews([data]);
  if (!Array.isArray(data)) throw notBytesError(data);
  return checkViews(data);
}

const nothing = new Uint8Array(0);

/** The error that names the first of `fds` that isn't open, if the socket itself is. */
function notOpen(socket: number, fds: readonly number[]): SystemError | undefined {
  const isOpen = (fd: number) => libc().fcntl(fd, F_GETFD, 0) !== -1;
  const missing = isOpen(socket) ? fds.find((fd) => !isOpen(fd)) : undefined;
  if (missing === undefined) return undefined;
  const advice = `It is one of the descriptors to send over fd ${socket}`;
  return systemError(EBADF, "sendmsg", { fd: missing, hint: advice });
}

function toFds(fds: readonly FdLike[]): number[] {
  if (!Array.isArray(fds)) throw new TypeError(`Not an array of descriptors: ${inspectLine(fds)}`);
  if (fds.length > mostDescriptors) {
    throw new RangeError(`A message has at most ${mostDescriptors} descriptors, got ${fds.length}`);
  }
  return Array.from(fds, toFd);
}
