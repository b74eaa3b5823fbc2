/**
 * The descriptor and the open file of a stream. They can outlive the stream object until they are
 * closed.
 */

import { F_GETFL, F_SETFD } from "../ffi/constants.ts";
import { SystemError, systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno, libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { addAlias, type CloseListener, onClose } from "../sys/fd_table.ts";
import { standardSymbols } from "../ffi/symbols.ts";
import { notifyClosing } from "../manager/default_manager.ts";
import type { EpollIOManager } from "../manager/epoll_io_manager.ts";
import { close } from "../os/fd.ts";
import { open } from "../os/file.ts";
import { O_RDWR } from "../os/file_constants.ts";
import { type OpenFile, openFile } from "./open_file.ts";

/** Standard error. All parts of a program and its children use the descriptors up to this one. */
const lastStandard = 2;

/** A descriptor, and its open file as a stream uses it. */
export class HeldFile implements CloseListener {
  /** -1 once closed, here or by another function of this module. */
  fd: number;
  readonly file: OpenFile;
  readonly #manager: EpollIOManager | undefined;

  constructor(fd: number, manager: EpollIOManager | undefined) {
    this.file = openFile(fd);
    this.fd = fd;
    this.#manager = manager;
    // The standard descriptors belong to all parts of the program.
    if (fd > lastStandard) onClose(fd, this);
    const own = this.file.fd;
    if (own === fd) return;
    const stepDown = addAlias(own, fd);
    onClose(own, {
      onClosed: () => {
        stepDown();
        this.#notifyClosing(own);
      },
    });
  }

  /** Closes the descriptor. Idempotent. */
  close(): void {
    const { fd } = this;
    if (fd === -1) return;
    try {
      this.#end(() => this.#notifyClosing(fd), () => this.file.restore());
    } finally {
      if (fd > lastStandard) close(fd);
      else emptyStandard(fd);
    }
  }

  /** Closes the descriptor, unless it is 0, 1 or 2: other code may be waiting for those. */
  closeUnlessStandard(): void {
    if (this.fd > lastStandard) this.close();
    else if (this.fd !== -1) this.#end(() => this.file.restore());
  }

  onClosed(open: boolean): void {
    const { fd } = this;
    if (fd === -1) return;
    this.#end(() => this.#notifyClosing(fd), () => {
      if (open) this.file.restore();
    });
  }

  /** Does `steps`, then closes what was opened here. */
  #end(...steps: (() => void)[]): void {
    this.fd = -1;
    try {
      for (const step of steps) step();
    } finally {
      this.file.close();
    }
  }

  #notifyClosing(fd: number): void {
    // If the stream never waited, don't make the default manager just to end waits.
    if (this.#manager === undefined) notifyClosing(fd);
    else this.#manager.notifyClosing(fd);
  }
}

/**
 * Closes a standard descriptor but keeps its number taken. Otherwise the next file that is opened
 * would get the number, and everything that the program prints. If the descriptor was closed
 * before, takes the number all the same, then throws `EBADF`.
 */
function emptyStandard(fd: number): void {
  const closed = libc().fcntl(fd, F_GETFL, 0) === -1
    ? systemError(lastErrno(), "close", { fd })
    : undefined;
  let nothing = openNothing();
  if (nothing === undefined) {
    close(fd);
    // If no descriptor was left, this one is now.
    nothing = openNothing();
    if (nothing === undefined) return;
  }
  // Not close-on-exec: children need a standard descriptor too.
  if (nothing === fd) libc().fcntl(fd, F_SETFD, 0);
  else {
    try {
      throwIfFailed(bindSymbols(standardSymbols).dup3(nothing, fd, 0), "dup3", fd);
    } finally {
      close(nothing);
    }
  }
  if (closed !== undefined) throw closed;
}

function openNothing(): number | undefined {
  try {
    return open("/dev/null", O_RDWR);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}
