/** What a stream holds, apart from the stream, which the program may drop. */

import { SystemError } from "../ffi/errors.ts";
import { bindSymbols, checked } from "../ffi/libc.ts";
import { standardSymbols } from "../ffi/symbols.ts";
import { notifyClosing } from "../manager/default_manager.ts";
import type { EpollIOManager } from "../manager/epoll_io_manager.ts";
import { close, open } from "../os/file.ts";
import { O_RDWR } from "../os/open_constants.ts";
import { type OpenFile, openFile } from "./open_file.ts";

/** Standard error, the last of the descriptors that all parts of a program, and its children, use. */
const lastStandard = 2;

/** A descriptor that was given, and its open file as a stream uses it. */
export class HeldFile {
  /** -1 once closed. */
  fd: number;
  readonly file: OpenFile;
  readonly #manager: EpollIOManager | undefined;

  constructor(fd: number, manager: EpollIOManager | undefined) {
    this.file = openFile(fd);
    this.fd = fd;
    this.#manager = manager;
  }

  /** Closes the descriptor. Idempotent. */
  close(): void {
    this.#close(this.fd > lastStandard ? close : emptyStandard);
  }

  /** Undoes what taking over has done, and closes the descriptor unless it is 0, 1 or 2. */
  closeUnlessStandard(): void {
    if (this.fd > lastStandard) this.close();
    else this.#close(() => {});
  }

  #close(closeGiven: (fd: number) => void): void {
    const { fd, file } = this;
    if (fd === -1) return;
    this.fd = -1;
    for (const number of new Set([fd, file.fd])) {
      // A stream that never waited needs no default manager to be made for its end.
      if (this.#manager === undefined) notifyClosing(number);
      else this.#manager.notifyClosing(number);
    }
    try {
      file.close();
    } finally {
      closeGiven(fd);
    }
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
