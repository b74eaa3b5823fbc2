/** What a stream holds, apart from the stream, which the program may drop. */

import { SystemError } from "../ffi/errors.ts";
import { bindSymbols, checked } from "../ffi/libc.ts";
import { hold, type Holder } from "../ffi/owned_fd.ts";
import { standardSymbols } from "../ffi/symbols.ts";
import { notifyClosing } from "../manager/default_manager.ts";
import type { EpollIOManager } from "../manager/epoll_io_manager.ts";
import { close, open } from "../os/file.ts";
import { O_RDWR } from "../os/open_constants.ts";
import { type OpenFile, openFile } from "./open_file.ts";

/** Standard error, the last of the descriptors that all parts of a program, and its children, use. */
const lastStandard = 2;

/** A descriptor that was given, and its open file as a stream uses it. */
export class HeldFile implements Holder {
  /** -1 once closed, here or by other means of this module. */
  fd: number;
  readonly file: OpenFile;
  readonly #manager: EpollIOManager | undefined;

  constructor(fd: number, manager: EpollIOManager | undefined) {
    this.file = openFile(fd);
    this.fd = fd;
    this.#manager = manager;
    // The standard ones are anybody's.
    if (fd > lastStandard) hold(fd, this);
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

  /** Closes the descriptor, unless it is 0, 1 or 2, which stay open, so that others may wait for them. */
  closeUnlessStandard(): void {
    if (this.fd > lastStandard) this.close();
    else if (this.fd !== -1) this.#end(() => this.file.restore());
  }

  /** Somebody else closes the descriptor, or has done so already: its number may be another file's. */
  release(): void {
    const { fd } = this;
    if (fd !== -1) this.#end(() => this.#notifyClosing(fd));
  }

  /** Does `steps`, then closes what has been opened. */
  #end(...steps: (() => void)[]): void {
    const { fd, file } = this;
    this.fd = -1;
    try {
      for (const step of steps) step();
    } finally {
      if (file.fd !== fd) this.#notifyClosing(file.fd);
      file.close();
    }
  }

  #notifyClosing(fd: number): void {
    // A stream that never waited needs no default manager to be made for its end.
    if (this.#manager === undefined) notifyClosing(fd);
    else this.#manager.notifyClosing(fd);
  }
}

/**
 * Closes a standard descriptor in a way that keeps its number from the next file that is opened, which
 * would get all that the program prints.
 */
function emptyStandard(fd: number): void {
  let nothing;
  try {
    nothing = open("/dev/null", O_RDWR);
  } catch (error) {
    if (error instanceof SystemError) return close(fd);
    throw error;
  }
  const { dup3 } = bindSymbols(standardSymbols);
  try {
    // It isn't close-on-exec: children have a standard descriptor too.
    checked(dup3(nothing, fd, 0), "dup3", fd);
  } finally {
    close(nothing);
  }
}
