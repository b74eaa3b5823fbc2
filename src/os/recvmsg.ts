/** Receiving messages: data, addresses, descriptors and control data. */

import { checkFlags, checkInteger, checkObject, type FdLike, toFd } from "../ffi/checks.ts";
import { libc } from "../ffi/libc.ts";
import {
  type ControlMessage,
  decodeFds,
  decodeMessages,
  mostDescriptors,
  roomForFds,
} from "../sys/control_messages.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { headerFor, type MessageHeader } from "../sys/message_header.ts";
import { longestAddress, trimAddress } from "./address.ts";
import { MSG_CMSG_CLOEXEC, MSG_CTRUNC, MSG_DONTWAIT } from "./socket_constants.ts";

/** How {@linkcode recvmsg} receives. */
export interface RecvmsgOptions {
  /**
   * The largest number of descriptors to receive, up to 253. The default is 0, because the receiver
   * has to close them: an untrusted peer could use up all descriptors of this process.
   */
  readonly maxFds?: number | undefined;
  /** `MSG_*` constants, combined with `|`. */
  readonly flags?: number | undefined;
  /**
   * The room for control data, in bytes, up to 65,536. The default is 256. Each control message
   * needs 16 bytes in addition to its data. The room for `maxFds` descriptors is added, and both
   * share one buffer: other control data may fill it, and the last one may be cut short. If this
   * and `maxFds` are 0, the kernel discards descriptors. Otherwise this process receives those that
   * fit, and closes those beyond `maxFds`.
   */
  readonly controlSize?: number | undefined;
}

/** A message from {@linkcode recvmsg}. */
export interface IncomingMessage {
  /**
   * The number of bytes. 0 is the end of a stream, or an empty datagram; with
   * {@linkcode SOCK_SEQPACKET} it may be either. With the flag {@linkcode MSG_TRUNC} in the
   * options, it is the whole length of the datagram, which may be longer than the buffer.
   */
  readonly length: number;
  /**
   * The sender's address, for {@linkcode parseAddress}. It has 0 bytes if the sender has none, or
   * the socket is connected.
   */
  readonly address: Uint8Array<ArrayBuffer>;
  /**
   * The descriptors that were passed, none unless you set `maxFds`. They are close-on-exec, and
   * yours to close. Whether they block is the sender's choice.
   */
  readonly fds: number[];
  /**
   * Control data that a socket option asks for, such as {@linkcode IP_PKTINFO}.
   * {@linkcode parsePacketInfo} and its siblings decode the most common ones.
   */
  readonly control: ControlMessage[];
  /**
   * `MSG_*` constants: {@linkcode MSG_TRUNC} if the datagram was longer than the buffer,
   * {@linkcode MSG_CTRUNC} if there were more descriptors than `maxFds` or more control data than
   * `controlSize`, and others.
   */
  readonly flags: number;
}

const noBytes = new Uint8Array(0);
const largestControl = 65536;

/**
 * Receives a message: data, the sender's address, descriptors and control data. It never blocks,
 * even if the open file does.
 *
 * Descriptors beyond `maxFds` are closed, and the message has the flag {@linkcode MSG_CTRUNC}. The
 * sender's pidfd, which the option `SO_PASSPIDFD` asks for, is closed too.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @param buffer The memory for the data: a typed array or a DataView. If it has no bytes, the data
 * of a datagram is lost.
 * @param options The room for descriptors and control data, and flags. {@linkcode MSG_DONTWAIT} and
 * {@linkcode MSG_CMSG_CLOEXEC} are always set.
 * @returns The message; `undefined` if it would block. A length of 0 is an empty datagram, or the
 * end of a stream.
 * @throws {SystemError} As recvmsg(2): `ECONNREFUSED` if an earlier datagram was refused,
 * `ENOTSOCK` if `target` isn't a socket.
 * @throws {TypeError} If `target` isn't a descriptor, `buffer` isn't a view of memory or is
 * detached, or an option isn't an integer.
 * @throws {RangeError} If `maxFds` isn't from 0 to 253, `controlSize` isn't from 0 to 65,536, or
 * `flags` has more than 32 bits.
 *
 * @example Receive a datagram
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { waitReadable } from "@fdready/fdready";
 * import { AF_INET, bind, getsockname, inetAddress, parseAddress } from "@fdready/fdready/os";
 * import { recvmsg, sendmsg, SOCK_DGRAM, socket } from "@fdready/fdready/os";
 *
 * const [one, other] = [socket(AF_INET, SOCK_DGRAM), socket(AF_INET, SOCK_DGRAM)];
 * for (const fd of [one, other]) bind(fd, inetAddress("127.0.0.1", 0));
 * sendmsg(one, { data: new TextEncoder().encode("hello"), address: getsockname(other) });
 *
 * await waitReadable(other);
 * const { length, address } = recvmsg(other, new Uint8Array(65536))!;
 * assertEquals([length, parseAddress(address).host], [5, "127.0.0.1"]);
 * ```
 */
export function recvmsg(
  target: FdLike,
  buffer: ArrayBufferView,
  options: RecvmsgOptions = {},
): IncomingMessage | undefined {
  const fd = toFd(target);
  const { maxFds = 0, flags = 0, controlSize = 256 } = checkObject("options", options);
  checkInteger("option maxFds", maxFds, 0, mostDescriptors);
  checkInteger("option controlSize", controlSize, 0, largestControl);
  const allFlags = checkFlags("option flags", flags) | MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
  const room = roomForFds(maxFds) + controlSize;
  const header = headerFor({ views: 1, name: longestAddress, control: room });
  const length = header.receive(fd, buffer, room, allFlags);
  if (length === undefined) return undefined;
  const received = header.flags & ~MSG_CMSG_CLOEXEC;
  if (header.controlLength > 0) return withControl(header, length, maxFds, received);
  return { length, address: copyAddress(header), fds: [], control: [], flags: received };
}

function copyAddress(header: MessageHeader): Uint8Array<ArrayBuffer> {
  return header.nameLength === 0 ? noBytes : trimAddress(header.copyName());
}

function withControl(
  header: MessageHeader,
  length: number,
  maxFds: number,
  received: number,
): IncomingMessage {
  const { passed, added } = decodeFds(header.control);
  const fds = passed.slice(0, maxFds);
  for (const fd of [...passed.slice(maxFds), ...added]) libc().close(fd);
  try {
    const control = decodeMessages(header.control);
    const address = copyAddress(header);
    const flags = passed.length > maxFds ? received | MSG_CTRUNC : received;
    return { length, address, fds: fds.map(noteOpened), control, flags };
  } catch (error) {
    for (const fd of fds) libc().close(fd);
    throw error;
  }
}
