/** Sending messages: data, addresses, descriptors and control data. */

import { notBytesError, toPlainBytes } from "../ffi/bytes.ts";
import {
  checkFlags,
  checkInteger,
  checkObject,
  type FdLike,
  inspectLine,
  toFd,
} from "../ffi/checks.ts";
import { EBADF, F_GETFD, SOL_SOCKET } from "../ffi/constants.ts";
import { SystemError, systemError } from "../ffi/errors.ts";
import { libc } from "../ffi/libc.ts";
import { type ControlMessage, encodeControl, mostDescriptors } from "../sys/control_messages.ts";
import { headerFor } from "../sys/message_header.ts";
import { checkAddress, longestAddress } from "./address.ts";
import { SCM_RIGHTS } from "./control_constants.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL } from "./socket_constants.ts";
import { checkViews, totalLength } from "./readv_writev.ts";

/** A message for {@linkcode sendmsg}. */
export interface OutgoingMessage {
  /**
   * The bytes: one view of memory, or several, which are sent one after another. Without bytes, an
   * empty datagram is sent.
   */
  readonly data: ArrayBufferView | readonly ArrayBufferView[];
  /**
   * The receiver's address, from {@linkcode unixAddress} or {@linkcode inetAddress}. The default
   * is the peer of a connected socket.
   */
  readonly address?: Uint8Array | undefined;
  /** Descriptors to pass over a Unix socket, at most 253. They stay open here. */
  readonly fds?: readonly FdLike[] | undefined;
  /**
   * Control data, such as the address to send from ({@linkcode IP_PKTINFO}). Entries that
   * {@linkcode recvmsg} returned can be sent as they are.
   */
  readonly control?: readonly ControlMessage[] | undefined;
}

/**
 * Sends a message: data from one or several pieces of memory, optionally to an address and with
 * descriptors. It never blocks, even if the open file does, and never raises `SIGPIPE`.
 *
 * @param target The socket, as a number or an object with `fd` or `fileno()`.
 * @param message The data, the address, descriptors and control data.
 * @param flags `MSG_*` constants, combined with `|`; {@linkcode MSG_DONTWAIT} and
 * {@linkcode MSG_NOSIGNAL} are always set.
 * @returns The number of bytes sent; `undefined` if it would block, and nothing was sent. A stream
 * may send fewer bytes than given, but always all descriptors.
 * @throws {SystemError} As sendmsg(2): `EPIPE`, `EMSGSIZE` for a datagram that is too long or more
 * than 1024 pieces, `EBADF` if the socket or one of `fds` isn't open, which the error's `fd` names,
 * `ETOOMANYREFS` if too many descriptors have been sent and not yet received.
 * @throws {TypeError} If `target` or one of `fds` isn't a descriptor, if the data or the address
 * isn't a view of memory or is detached, if `flags` isn't an integer, or if there are descriptors
 * but no data, because a stream would drop them.
 * @throws {RangeError} If there are more than 253 descriptors, or `flags` has more than 32 bits.
 *
 * @example Pass a descriptor
 * ```ts
 * import { close, pipe, read, recvmsg, sendmsg, socketpair, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = socketpair();
 * const [reader, writer] = pipe();
 * sendmsg(a, { data: new TextEncoder().encode("a pipe"), fds: [writer] });
 * close(writer);
 *
 * const [copy] = recvmsg(b, new Uint8Array(64), { maxFds: 1 })!.fds;
 * write(copy!, new TextEncoder().encode("hello"));
 * assertEquals(read(reader, new Uint8Array(64)), 5);
 * for (const fd of [a, b, reader, copy!]) close(fd);
 * ```
 */
export function sendmsg(target: FdLike, message: OutgoingMessage, flags = 0): number | undefined {
  const fd = toFd(target);
  const { data, address, fds, control } = checkObject("message", message);
  const allFlags = checkFlags("flags", flags) | MSG_DONTWAIT | MSG_NOSIGNAL;
  const numbers = fds === undefined ? none : toFds(fds);
  const name = address === undefined ? noBytes : nameOf(address);
  const views = viewsOf(data);
  if (numbers.length > 0 && totalLength(views) === 0) {
    throw new TypeError("Passing descriptors requires at least 1 byte of data, got 0 bytes");
  }
  const encoded = numbers.length === 0 && control === undefined
    ? noBytes
    : encodeControl(numbers, checkControl(control));
  const room = { views: views.length, name: longestAddress, control: encoded.length };
  const header = headerFor(room);
  try {
    return header.send(fd, views, name, encoded, allFlags);
  } catch (error) {
    throw error instanceof SystemError && error.code === "EBADF"
      ? notOpen(fd, numbers) ?? error
      : error;
  }
}

function checkControl(control: readonly ControlMessage[] = []): ControlMessage[] {
  if (!Array.isArray(control)) {
    throw new TypeError(`The control data must be an array, got ${inspectLine(control)}`);
  }
  return Array.from(control, (message) => {
    const { level, type, data } = checkObject("control message", message);
    if (level === SOL_SOCKET && type === SCM_RIGHTS) {
      throw new TypeError("Descriptors cannot be sent as control data: pass them as fds");
    }
    return {
      level: checkInteger("level", level),
      type: checkInteger("type", type),
      data: toPlainBytes(data),
    };
  });
}

function viewsOf(data: ArrayBufferView | readonly ArrayBufferView[]): ArrayBufferView[] {
  if (ArrayBuffer.isView(data)) return [toPlainBytes(data)];
  if (!Array.isArray(data)) throw notBytesError(data);
  return checkViews(data);
}

/** The bytes of an address. The kernel ignores what is beyond the longest one. */
function nameOf(address: Uint8Array): Uint8Array {
  return toPlainBytes(checkAddress(address)).subarray(0, longestAddress);
}

const none: readonly number[] = [];
const noBytes = new Uint8Array(0);

/** The error that names the first of `fds` that isn't open, if the socket itself is. */
function notOpen(socket: number, fds: readonly number[]): SystemError | undefined {
  const isOpen = (fd: number) => libc().fcntl(fd, F_GETFD, 0) !== -1;
  const missing = isOpen(socket) ? fds.find((fd) => !isOpen(fd)) : undefined;
  if (missing === undefined) return undefined;
  const hint = `It is one of the descriptors to send over fd ${socket}`;
  return systemError(EBADF, "sendmsg", { fd: missing, hint });
}

function toFds(fds: readonly FdLike[]): number[] {
  if (!Array.isArray(fds)) throw new TypeError(`Not an array of descriptors: ${inspectLine(fds)}`);
  if (fds.length > mostDescriptors) {
    throw new RangeError(`A message has at most ${mostDescriptors} descriptors, got ${fds.length}`);
  }
  return Array.from(fds, toFd);
}
