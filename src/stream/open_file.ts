/**
 * Reading and writing an open file without blocking, and without a change that others see.
 *
 * Whether reads and writes block is a flag of the open file description, which all its descriptors
 * share, those of other processes included: 0, 1 and 2 of a terminal are mostly one, the shell's too.
 * Whoever sets the flag surprises the others, and whoever clears it lets a stream block its event loop.
 * So a stream leaves it alone. A socket has a flag for each call. A blocking terminal or pipe is opened
 * again, by its entry in /proc/self/fd, which makes an open file description of the stream's own.
 *
 * Other devices must not be opened again, since that would make another object, as of `/dev/ptmx` or
 * `/dev/net/tun`. Their flag is set after all, and cleared at the end; so it is where opening again is
 * refused: without /proc, for the terminal or pipe of another user, for a FIFO that nobody reads.
 */

import { F_GETFL, O_NONBLOCK } from "../ffi/constants.ts";
import { SystemError } from "../ffi/errors.ts";
import { fileType } from "../ffi/file_type.ts";
import { checked, libc } from "../ffi/libc.ts";
import { OwnedFd } from "../ffi/owned_fd.ts";
import { open, readFrom, setNonblocking, writeTo } from "../os/file.ts";
import { receive, send, sendFlags } from "../os/message.ts";
import { O_NOCTTY } from "../os/open_constants.ts";

/** What a stream reads from, writes to and waits for. */
export interface OpenFile {
  readonly fd: number;
  /** As `read` of `./os`, and never blocks. */
  read(buffer: Uint8Array): number | undefined;
  /** As `write` of `./os`, and never blocks. */
  write(data: Uint8Array): number | undefined;
  /** Undoes what opening has done; the descriptor that was given stays open. */
  close(): void;
}

/** The open file behind `fd`, to be read and written without blocking. */
export function openFile(fd: number): OpenFile {
  const flags = checked(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
  const type = fileType(fd);
  if (type === "socket") return socket(fd);
  if ((flags & O_NONBLOCK) !== 0 || type === "stored") return nonblocking(fd, () => {});
  if (type === "pipe" || type === "terminal") {
    const own = openAgain(fd, flags);
    if (own !== undefined) return nonblocking(own.fd, () => own.close(), fd);
  }
  setNonblocking(fd, true);
  return nonblocking(fd, () => setNonblocking(fd, false));
}

function socket(fd: number): OpenFile {
  const flags = sendFlags(fd);
  return {
    fd,
    read: (buffer) => receive(fd, buffer),
    write: (data) => send(fd, data, flags),
    close: () => {},
  };
}

/** `given` is what errors are about. */
function nonblocking(fd: number, close: () => void, given = fd): OpenFile {
  return {
    fd,
    read: (buffer) => readFrom(fd, buffer, given),
    write: (data) => writeTo(fd, data, given),
    close,
  };
}

/** A descriptor with an open file description of its own, or undefined where that is refused. */
function openAgain(fd: number, flags: number): OwnedFd | undefined {
  try {
    return new OwnedFd(() => open(`/proc/self/fd/${fd}`, flags | O_NOCTTY));
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}
