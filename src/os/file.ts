/** Files with a path: opening them. */

import { checkFlags, checkUnsignedFlags, cString, inspectLine } from "../ffi/checks.ts";
import { EINTR, O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, osLibc } from "../ffi/libc.ts";
import { noteOpened } from "../sys/fd_table.ts";

/**
 * Opens a file, nonblocking and close-on-exec.
 *
 * @param path The file's path.
 * @param flags `O_*` constants, combined with `|`.
 * @param mode The permissions for a new file, from which the umask is removed.
 * @returns The descriptor.
 * @throws {SystemError} As open(2).
 * @throws {TypeError} If `path` isn't a string, or contains a NUL or a lone surrogate, or if
 * `flags` or `mode` isn't an integer.
 * @throws {RangeError} If `flags` or `mode` has more than 32 bits.
 *
 * @example Open a device
 * ```ts
 * import { close, O_RDONLY, open } from "@fdready/fdready/os";
 *
 * close(open("/dev/null", O_RDONLY));
 * ```
 */
export function open(path: string, flags: number, mode = 0o666): number {
  const name = cString(path);
  if (typeof flags !== "number") {
    throw new TypeError(
      `The flags must be O_* constants, such as O_RDWR | O_NOCTTY, got ${inspectLine(flags)}`,
    );
  }
  const allFlags = checkFlags("flags", flags) | O_NONBLOCK | O_CLOEXEC;
  const permissions = checkUnsignedFlags("mode", mode);
  for (;;) {
    const fd = osLibc().open(name, allFlags, permissions);
    if (fd !== -1) return noteOpened(fd);
    const errno = lastErrno();
    if (errno !== EINTR) throw systemError(errno, "open", { path });
  }
}
