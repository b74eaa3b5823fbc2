/**
 * Reading and writing an open file without blocking, and without a change that others see.
 *
 * Whether reads and writes block is a flag of the open file description. All its descriptors share
 * the flag, even in other processes: in a terminal, 0, 1, 2 and the shell's descriptors usually
 * share one. Setting the flag surprises the other programs. If they clear it, a stream blocks its
 * event loop. So a stream leaves the flag alone. For a socket, it makes each call nonblocking. A
 * terminal or pipe is opened again, by its entry in /proc/self/fd, which makes an open file
 * description for the stream alone. That is done even if it is nonblocking, which may change: both
 * runtimes clear the flag of files that a child inherits.
 *
 * Other devices must not be opened again, since that would make another object, as with
 * `/dev/ptmx` or `/dev/net/tun`. Their flag is set after all, and cleared at the end. The same is
 * done where a file can't be opened again: without /proc, if the terminal or pipe belongs to
 * another user, or if nobody reads the FIFO. Other code may clear the flag at any time, for example
 * another stream when it ends, so it is checked before each call.
 */

import { F_GETFL, F_SETFL, O_NONBLOCK } from "../ffi/constants.ts";
import { SystemError } from "../ffi/errors.ts";
import { fileType } from "../sys/file_type.ts";
import { libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { OwnedFd } from "../sys/owned_fd.ts";
import { setNonblocking } from "../os/fd.ts";
import { open } from "../os/file.ts";
import { receive, send } from "../os/send_recv.ts";
import { O_NOCTTY } from "../os/file_constants.ts";
import { readFrom, writeTo } from "../os/read_write.ts";
import { SO_TYPE, SOCK_STREAM } from "../os/socket_constants.ts";
import { integerOption } from "../os/socket_options.ts";
import { tcgetattr } from "../os/termios.ts";
import { ICANON, VMIN } from "../os/terminal_constants.ts";

/** What a stream reads from, writes to and waits for. */
export interface OpenFile {
  readonly fd: number;
  /** As `read` of `./os`, but never blocks. */
  read(buffer: Uint8Array): number | undefined;
  /** As `write` of `./os`, but never blocks. */
  write(data: Uint8Array): number | undefined;
  /** Undoes the change to the file that was given. Its descriptor stays open. */
  restore(): void;
  /** Closes what was opened here. */
  close(): void;
}

/** The open file behind `fd`, to be read and written without blocking. */
export function openFile(fd: number): OpenFile {
  const flags = throwIfFailed(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
  const type = fileType(fd);
  if (type === "socket") return socket(fd);
  if (type === "stored") return plain({ fd }, fd);
  const own = type === "other" ? undefined : openAgain(fd, flags);
  const file = own === undefined ? shared(fd, flags) : plain(own, fd, () => own.close());
  return type === "terminal" ? terminal(file) : file;
}

/** A terminal. With a minimum of 0 a read of it returns 0, as if at the end, where others would block. */
function terminal(file: OpenFile): OpenFile {
  const { read } = file;
  file.read = (buffer) => {
    const count = read(buffer);
    return count === 0 && hasNoMinimum(file.fd) ? undefined : count;
  };
  return file;
}

/** Whether a terminal that hasn't hung up has a minimum of 0. termios(3) */
function hasNoMinimum(fd: number): boolean {
  try {
    const { lflag, cc } = tcgetattr(fd);
    return (lflag & ICANON) === 0 && cc[VMIN] === 0;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

function socket(fd: number): OpenFile {
  if (integerOption(fd, SO_TYPE) !== SOCK_STREAM) {
    throw new TypeError(
      `Descriptor ${fd} isn't a stream socket: a read could lose the rest of a message, and take an ` +
        "empty message for the end. Use recvmsg() and sendmsg() of ./os",
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

/**
 * A file that never blocks. The descriptor `own` is -1 once it is given up. Errors name `given`.
 */
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
    // A failed call returns -1, in which all flags are set. Then the read or write fails too.
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
      // If other code has closed the descriptor, close(2) reports it.
      if (flags !== -1) libc().fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    },
    close: () => {},
  };
}

/** Opens the file again, for a new open file description. Undefined if that is refused. */
function openAgain(fd: number, flags: number): OwnedFd | undefined {
  try {
    return new OwnedFd(() => open(`/proc/self/fd/${fd}`, flags | O_NOCTTY));
  } catch (error) {
    const isRefused = error instanceof SystemError &&
      error.code !== "EMFILE" && error.code !== "ENFILE";
    if (isRefused) return undefined;
    throw error;
  }
}
