/**
 * Reading and writing an open file without blocking, and without a change that other programs see.
 *
 * Whether reads and writes block is a flag of the open file description. All its descriptors share
 * the flag, even in other processes: in a terminal, 0, 1, 2 and the shell's descriptors usually
 * share one. Setting the flag surprises the other programs. If they clear it, a stream blocks its
 * event loop. Therefore a stream leaves the flag alone. For a socket, it makes each call
 * nonblocking. It opens a terminal or pipe again, via its entry in /proc/self/fd, which makes a
 * separate open file description. It does that even if the file is nonblocking, which may change:
 * runtimes clear the flag of files that a child inherits.
 *
 * Other devices must not be opened again, because that would make another object, as with
 * `/dev/ptmx` or `/dev/net/tun`. Their flag is set after all, and cleared at the end. The same
 * happens if a file can't be opened again: without /proc, if the terminal or pipe belongs to
 * another user, or if nothing reads the FIFO. Other code may clear the flag at any time, for
 * example another stream when it ends, so the stream checks it before each call.
 *
 * None of this is necessary for a file that only the stream uses, which the program has to say.
 */

import { F_GETFL, F_SETFL, O_NONBLOCK } from "../ffi/constants.ts";
import { SystemError } from "../ffi/errors.ts";
import { libc } from "../ffi/libc.ts";
import type { FileType } from "../sys/file_type.ts";
import { OwnedFd } from "../sys/owned_fd.ts";
import { setNonblocking } from "../os/fd.ts";
import { open } from "../os/file.ts";
import { O_NOCTTY } from "../os/file_constants.ts";
import { readFrom, writeTo } from "../os/read_write.ts";
import { receive, send } from "../os/send_recv.ts";

/** An open file whose reads and writes never block. */
export interface NonblockingFile {
  /** The descriptor to wait for. */
  readonly fd: number;
  /** As `read` from `./os`. */
  read(buffer: Uint8Array): number | undefined;
  /** As `write` from `./os`. */
  write(data: Uint8Array): number | undefined;
  /** Undoes the change to the file that was given. Its descriptor stays open. */
  restore(): void;
  /** Closes the descriptor that was opened here. */
  close(): void;
}

/** What is known about an open file. */
export interface OpenFileFacts {
  readonly type: FileType;
  /** The file status flags. */
  readonly flags: number;
  /** Whether other descriptors may refer to the open file. */
  readonly isShared: boolean;
}

/** The open file of `fd`, for use without blocking. */
export function openNonblocking(
  fd: number,
  { type, flags, isShared }: OpenFileFacts,
): NonblockingFile {
  if (type === "socket") return new SocketFile(fd);
  if (type === "stored") return new PlainFile(fd);
  if (!isShared) {
    if ((flags & O_NONBLOCK) === 0) setNonblocking(fd, true);
    return new PlainFile(fd);
  }
  const own = type === "other" ? undefined : openAgain(fd, flags);
  return own === undefined ? new SharedFile(fd, flags) : new ReopenedFile(own, fd);
}

/** Opens the file again, for a separate open file description. Undefined if that is refused. */
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

class SocketFile implements NonblockingFile {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  read(buffer: Uint8Array): number | undefined {
    return receive(this.fd, buffer);
  }

  write(data: Uint8Array): number | undefined {
    return send(this.fd, data);
  }

  restore(): void {}

  close(): void {}
}

/** A file whose reads and writes never block as it is. */
class PlainFile implements NonblockingFile {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  read(buffer: Uint8Array): number | undefined {
    return readFrom(this.fd, buffer);
  }

  write(data: Uint8Array): number | undefined {
    return writeTo(this.fd, data);
  }

  restore(): void {}

  close(): void {}
}

/** A file that was opened again. Its descriptor is -1 once something else has closed it. */
class ReopenedFile implements NonblockingFile {
  readonly #own: OwnedFd;
  /** The descriptor that was given, which errors name. */
  readonly #given: number;

  constructor(own: OwnedFd, given: number) {
    this.#own = own;
    this.#given = given;
  }

  get fd(): number {
    return this.#own.fd;
  }

  read(buffer: Uint8Array): number | undefined {
    return readFrom(this.#own.fd, buffer, this.#given);
  }

  write(data: Uint8Array): number | undefined {
    return writeTo(this.#own.fd, data, this.#given);
  }

  restore(): void {}

  close(): void {
    this.#own.close();
  }
}

/** A file that other code can make blocking at any time. */
class SharedFile implements NonblockingFile {
  readonly fd: number;
  #changed = false;

  constructor(fd: number, flags: number) {
    this.fd = fd;
    this.#setNonblocking(flags);
  }

  read(buffer: Uint8Array): number | undefined {
    this.#setNonblocking(libc().fcntl(this.fd, F_GETFL, 0));
    return readFrom(this.fd, buffer);
  }

  write(data: Uint8Array): number | undefined {
    this.#setNonblocking(libc().fcntl(this.fd, F_GETFL, 0));
    return writeTo(this.fd, data);
  }

  restore(): void {
    const flags = this.#changed ? libc().fcntl(this.fd, F_GETFL, 0) : -1;
    // If other code has closed the descriptor, close(2) reports it.
    if (flags !== -1) libc().fcntl(this.fd, F_SETFL, flags & ~O_NONBLOCK);
  }

  close(): void {}

  /** `flags` are those of the file now. A failed call returns -1, which has all of them set. */
  #setNonblocking(flags: number): void {
    if ((flags & O_NONBLOCK) !== 0) return;
    setNonblocking(this.fd, true);
    this.#changed = true;
  }
}
