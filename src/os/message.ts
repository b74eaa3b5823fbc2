/** Reading and writing a socket without blocking, whether or not its open file is nonblocking. */

import { lengthOf, sizeOf } from "../ffi/bytes.ts";
import { EAGAIN, EINTR } from "../ffi/constants.ts";
import { bindSymbols, errno, systemError } from "../ffi/libc.ts";
import { messageSymbols } from "../ffi/symbols.ts";
import { MSG_DONTWAIT, MSG_EOR, MSG_NOSIGNAL, SOCK_SEQPACKET } from "./socket_constants.ts";

/** As `read` of the socket `fd` would if that were nonblocking. */
export function receive(fd: number, buffer: Uint8Array): number | undefined {
  const size = sizeOf(lengthOf(buffer));
  for (;;) {
    const count = bindSymbols(messageSymbols).recv(fd, buffer, size, MSG_DONTWAIT);
    if (count !== -1) return count;
    const reason = errno();
    if (reason === EAGAIN) return undefined;
    if (reason !== EINTR) throw systemError(reason, "recv", fd);
  }
}

/** As `write` to the socket `fd` would if that were nonblocking. */
export function send(fd: number, data: Uint8Array, flags: number): number | undefined {
  const length = lengthOf(data);
  const bytes = length === 0 ? null : data;
  const size = sizeOf(length);
  for (;;) {
    const count = bindSymbols(messageSymbols).send(fd, bytes, size, flags);
    if (count !== -1) return count;
    const reason = errno();
    if (reason === EAGAIN) return undefined;
    if (reason !== EINTR) throw systemError(reason, "send", fd);
  }
}

/** The flags with which {@linkcode send} does what write(2) does, to a socket of `type`. */
export function sendFlags(type: number): number {
  // Where there are records, each write(2) is one.
  return MSG_DONTWAIT | MSG_NOSIGNAL | (type === SOCK_SEQPACKET ? MSG_EOR : 0);
}
