/** The descriptor of a stream, and its open file. They can outlive the stream object. */

import { ENOTCONN, ENOTSOCK, EOPNOTSUPP, F_GETFL } from "../ffi/constants.ts";
import { SystemError } from "../ffi/errors.ts";
import { libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { defaultManager, notifyClosing } from "../manager/default_manager.ts";
import type { EpollIOManager } from "../manager/epoll_io_manager.ts";
import { ClosedResourceError } from "../manager/errors.ts";
import { shutdown } from "../os/connection.ts";
import { close } from "../os/fd.ts";
import { POLLHUP, POLLNVAL } from "../os/event_constants.ts";
import { O_RDONLY, O_RDWR, O_WRONLY } from "../os/file_constants.ts";
import { poll } from "../os/poll.ts";
import { SO_TYPE, SOCK_STREAM } from "../os/socket_constants.ts";
import { getIntegerOption } from "../os/socket_options.ts";
import { tcgetattr } from "../os/termios.ts";
import { ICANON, VMIN } from "../os/terminal_constants.ts";
import { addAlias, type CloseListener, onClose } from "../sys/fd_table.ts";
import { type FileType, fileType } from "../sys/file_type.ts";
import { type NonblockingFile, openNonblocking } from "./nonblocking_file.ts";
import type { FdStreamOptions } from "./options.ts";
import { closeStandardFd, isStandardFd } from "./standard_fd.ts";

/** O_ACCMODE. fcntl(2) */
const accessModes = O_RDWR | O_WRONLY;

/** Why shutdown(2) fails for a file whose sending direction can't end alone. */
const cannotEndAlone: readonly number[] = [ENOTSOCK, EOPNOTSUPP, ENOTCONN];

/** A descriptor that a stream owns. */
export class StreamFile implements CloseListener {
  /** -1 once closed, here or by another function of this module. */
  fd: number;
  readonly isReadOnly: boolean;
  readonly isWriteOnly: boolean;
  /** How often the program has announced to close the descriptor. */
  closings = 0;
  /** Called when the program announces that, and when the stream gives up its descriptor. */
  readonly closingListeners: Set<() => void> = new Set();
  readonly #type: FileType;
  readonly #file: NonblockingFile;
  readonly #manager: EpollIOManager | undefined;

  constructor(fd: number, { manager, shared = true }: FdStreamOptions) {
    const flags = throwIfFailed(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
    const type = fileType(fd);
    if (type === "socket") checkStreamSocket(fd);
    this.#type = type;
    this.#file = openNonblocking(fd, { type, flags, isShared: shared });
    this.isReadOnly = (flags & accessModes) === O_RDONLY;
    this.isWriteOnly = (flags & accessModes) === O_WRONLY;
    this.fd = fd;
    this.#manager = manager;
    // The standard descriptors belong to all parts of the program.
    if (!isStandardFd(fd)) onClose(fd, this);
    const own = this.#file.fd;
    if (own === fd) return;
    const removeAlias = addAlias(own, fd);
    onClose(own, {
      onClosing: () => this.onClosing(),
      onClosed: () => {
        removeAlias();
        this.#notifyClosing(own);
      },
    });
  }

  /** The descriptor to wait for. */
  get waitFd(): number {
    return this.#file.fd;
  }

  /** The manager to wait with. */
  get manager(): EpollIOManager {
    return this.#manager ?? defaultManager();
  }

  /** Reads without blocking: the number of bytes, 0 at the end, `undefined` if it would block. */
  read(buffer: Uint8Array): number | undefined {
    this.throwIfClosed();
    const count = this.#file.read(buffer);
    return count === 0 && !this.#isAtEnd() ? undefined : count;
  }

  /** Writes without blocking: the number of bytes, `undefined` if it would block. */
  write(data: Uint8Array): number | undefined {
    this.throwIfClosed();
    return this.#file.write(data);
  }

  throwIfClosed(): void {
    if (this.fd === -1) throw new ClosedResourceError("The stream is closed");
  }

  /** Whether all descriptors of the other end are closed. */
  hasHungUp(): boolean {
    return hasEvent(this.waitFd, POLLHUP);
  }

  /** Shuts down the sending direction. Returns `false` if it can't end alone. */
  endSending(): boolean {
    try {
      shutdown(this.fd, "write");
      return true;
    } catch (error) {
      if (error instanceof SystemError && cannotEndAlone.includes(-error.errno)) return false;
      throw error;
    }
  }

  /** Closes the descriptor. Idempotent. */
  close(): void {
    const { fd } = this;
    if (fd === -1) return;
    try {
      this.#end(() => this.#notifyClosing(fd), () => this.#file.restore());
    } finally {
      if (isStandardFd(fd)) closeStandardFd(fd);
      else close(fd);
    }
  }

  /** Closes the descriptor, unless it is 0, 1 or 2: other code may be waiting for those. */
  closeUnlessStandard(): void {
    if (this.fd === -1) return;
    if (isStandardFd(this.fd)) this.#end(() => this.#file.restore());
    else this.close();
  }

  /** Ends operations that don't wait at this moment. The manager ends waits. */
  onClosing(): void {
    this.closings++;
    for (const listener of this.closingListeners) listener();
  }

  onClosed(open: boolean): void {
    const { fd } = this;
    if (fd === -1) return;
    this.#end(() => this.#notifyClosing(fd), () => {
      if (open) this.#file.restore();
    });
  }

  /** Runs `steps`, then closes what was opened here. */
  #end(...steps: (() => void)[]): void {
    this.fd = -1;
    try {
      for (const step of steps) step();
    } finally {
      this.#file.close();
      this.onClosing();
    }
  }

  #notifyClosing(fd: number): void {
    // If the stream never waited, don't make the default manager just to end waits.
    if (this.#manager === undefined) notifyClosing(fd);
    else this.#manager.notifyClosing(fd);
  }

  /** Whether a read of 0 bytes means the end. */
  #isAtEnd(): boolean {
    if (this.#type === "terminal") return !hasNoMinimum(this.waitFd);
    return this.#type !== "pipe" || this.#hasLostWriters();
  }

  /**
   * Whether a pipe or FIFO has had writers, and all have left. A read of a FIFO returns 0 before
   * the first one comes, too. Only an open file that was there with a writer reports a hang-up: the
   * given one, if the writer left before the file was opened again. pipe_poll() in fs/pipe.c
   */
  #hasLostWriters(): boolean {
    return hasEvent(this.fd, POLLHUP | POLLNVAL) || this.hasHungUp();
  }
}

/** Whether one of `events`, which the kernel reports unasked, is true of `fd` now. */
function hasEvent(fd: number, events: number): boolean {
  return (poll([{ fd, events: 0 }])[0]! & events) !== 0;
}

function checkStreamSocket(fd: number): void {
  if (getIntegerOption(fd, SO_TYPE) === SOCK_STREAM) return;
  throw new TypeError(
    `fd ${fd} is not a stream socket: FdStream would truncate messages and mistake an empty one ` +
      "for the end of the file. Use recvmsg() and sendmsg() from @fdready/fdready/os",
  );
}

/**
 * Whether a terminal that hasn't hung up has a minimum of 0. A read of it then returns 0, as if at
 * the end, where it would otherwise block. termios(3)
 */
function hasNoMinimum(fd: number): boolean {
  try {
    const { lflag, cc } = tcgetattr(fd);
    return (lflag & ICANON) === 0 && cc[VMIN] === 0;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}
