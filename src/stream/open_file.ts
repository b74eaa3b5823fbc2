/**
 * Reading and writing an open file without blocking, and without a change that others see.
 *
 * Whether reads and writes block is a flag of the open file description, which all its descriptors
 * share, those of other processes included: 0, 1 and 2 of a terminal are mostly one, the shell's too.
 * Setting the flag surprises the others, and clearing it lets a stream block its event loop.
 * So a stream leaves it alone. A socket has a flag for each call. A terminal or pipe is opened again, by
 * its entry in /proc/self/fd, which makes an open file description of the stream's own. That is done to
 * a nonblocking one too, which needn't stay so: both runtimes clear the flag of what a child inherits.
 *
 * Other devices must not be opened again, since that would make another object, as of `/dev/ptmx` or
 * `/dev/net/tun`. Their flag is set after all, and cleared at the end; so it is where opening again is
 * refused: without /proc, for the terminal or pipe of another user, for a FIFO that nobody reads. Since
 * others may clear it at any time, such as another stream at its end, it is looked at before each call.
 */

import { F_GETFL, F_SETFL, O_NONBLOCK } from "../ffi/constants.ts";
import { SystemError } from "../ffi/errors.ts";
import { fileType } from "../ffi/file_type.ts";
import { checked, libc } from "../ffi/libc.ts";
import { OwnedFd } from "../ffi/owned_fd.ts";
import { open, readFrom, setNonblocking, writeTo } from "../os/file.ts";
import { receive, send } from "../os/message.ts";
import { O_NOCTTY } from "../os/open_constants.ts";
import { SO_TYPE, SOCK_STREAM } from "../os/socket_constants.ts";
import { integerOption } from "../os/socket_options.ts";

/** What a stream reads from, writes to and waits for. */
export interface OpenFile {
  readonly fd: number;
  /** As `read` of `./os`, and never blocks. */
  read(buffer: Uint8Array): number | undefined;
  /** As `write` of `./os`, and never blocks. */
  write(data: Uint8Array): number | undefined;
  /** Undoes what has been done to the file that was given; its descriptor stays open. */
  restore(): void;
  /** Closes what has been opened. */
  close(): void;
}

/** The open file behind `fd`, to be read and written without blocking. */
export function openFile(fd: number): OpenFile {
  const flags = checked(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
  const type = fileType(fd);
  if (type === "socket") return socket(fd);
  if (type === "stored") return plain({ fd }, fd);
  const own = type === "other" ? undefined : openAgain(fd, flags);
  return own === undefined ? shared(fd, flags) : plain(own, fd, () => own.close());
}

function socket(fd: number): OpenFile {
  if (integerOption(fd, SO_TYPE) !== SOCK_STREAM) {
    throw new TypeError(
      `Descriptor ${fd} is a socket of messages, such as datagrams, and no stream: a read would lose ` +
        "the rest of a long one, and take an empty one for the end. Use recvmsg() and sendmsg() of ./os",
    );
  }
  return {
    fd,
    read: (buffer) => receive(fd, buffer),
    write: (data) => send(fd, data),
    restore: () => {},
    close: () => {},
  };
}

/** A file that never blocks, by a descriptor that is -1 once it is given up. Errors are about `given`. */
function plain(own: { readonly fd: number }, given: number, close = () => {}): OpenFile {
  return {
    get fd() {
      return own.fd;
    },
    read: (buffer) => readFrom(own.fd, buffer, given),
    write: (data) => writeTo(own.fd, data, given),
    restore: () => {},
    close,
  };
}

/** A file that others can make blocking at any time. */
function shared(fd: number, flags: number): OpenFile {
  let changed = false;
  const keepFromBlocking = (flags: number): void => {
    // That of a failed call is -1, in which all flags are set; then the read or write fails too.
    if ((flags & O_NONBLOCK) !== 0) return;
    setNonblocking(fd, true);
    changed = true;
  };
  const look = (): void => keepFromBlocking(libc().fcntl(fd, F_GETFL, 0));
  keepFromBlocking(flags);
  return {
    fd,
    read: (buffer) => {
      look();
      return readFrom(fd, buffer);
    },
    write: (data) => {
      look();
      return writeTo(fd, data);
    },
    restore: () => {
      const flags = changed ? libc().fcntl(fd, F_GETFL, 0) : -1;
      // If something has closed it, that is for close(2) to tell.
      if (flags !== -1) libc().fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    },
    close: () => {},
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
