/** Reading and writing a socket without blocking, whether or not its open file is nonblocking. */

import { getByteLength, toSize } from "../ffi/bytes.ts";
import { EAGAIN, EINTR } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno } from "../ffi/libc.ts";
import { streamSocketSymbols } from "../ffi/symbols.ts";
import { checkRoom } from "./read_write.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL } from "./socket_constants.ts";

/** As `read`, but never blocks. */
export function receive(fd: number, buffer: Uint8Array): number | undefined {
  const size = toSize(checkRoom(getByteLength(buffer)));
  for (;;) {
    const count = bindSymbols(streamSocketSymbols).recv(fd, buffer, size, MSG_DONTWAIT);
    if (count !== -1) return count;
    const errno = lastErrno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw systemError(errno, "recv", { fd });
  }
}

/** As `write`, but never blocks and never raises `SIGPIPE`. */
export function send(fd: number, data: Uint8Array): number | undefined {
  const length = getByteLength(data);
  const bytes = length === 0 ? null : data;
  const size = toSize(length);
  for (;;) {
    const count = bindSymbols(streamSocketSymbols).send(
      fd,
      bytes,
      size,
      MSG_DONTWAIT | MSG_NOSIGNAL,
    );
    if (count !== -1) return count;
    const errno = lastErrno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw systemError(errno, "send", { fd });
  }
}
