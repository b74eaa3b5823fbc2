/** Closing the descriptors 0, 1 and 2 without freeing their numbers. */

import { F_GETFL, F_SETFD } from "../ffi/constants.ts";
import { SystemError, systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno, libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { standardSymbols } from "../ffi/symbols.ts";
import { close } from "../os/fd.ts";
import { open } from "../os/file.ts";
import { O_RDWR } from "../os/file_constants.ts";

/** Whether `fd` is 0, 1 or 2, which all parts of a program and its children use. */
export function isStandardFd(fd: number): boolean {
  return fd <= 2;
}

/**
 * Closes a standard descriptor but keeps its number in use. Otherwise the next opened file would
 * get the number, and everything that the program prints. If the descriptor was closed before, uses
 * the number all the same, then throws `EBADF`.
 */
export function closeStandardFd(fd: number): void {
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
