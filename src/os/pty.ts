/** Pseudo-terminals. */

import { systemError } from "../ffi/errors.ts";
import { libc, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { open } from "./file.ts";
import { O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDWR } from "./file_constants.ts";

/** The two ends of a pseudo-terminal. */
export interface Pty {
  /** The end for a terminal emulator. */
  readonly controller: number;
  /** The end for the programs in the terminal. */
  readonly terminal: number;
  /** The path of the terminal, for other programs to open. */
  readonly name: string;
}

/**
 * Opens a new pseudo-terminal, both ends nonblocking and close-on-exec. Once the last descriptor of
 * the terminal is closed, reading from the controller throws `EIO`.
 *
 * @returns Both ends, and the terminal's path.
 * @throws {SystemError} As posix_openpt(3), unlockpt(3), ptsname_r(3) and open(2).
 *
 * @example Type a line
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { openpty, read, write } from "@fdready/fdready/os";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const { controller, terminal, name } = openpty();
 * assert(name.startsWith("/dev/pts/"));
 * write(controller, new TextEncoder().encode("typed\n"));
 * await waitReadable(terminal);
 * assertEquals(read(terminal, new Uint8Array(64)), 6);
 * ```
 */
export function openpty(): Pty {
  const flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  const controller = noteOpened(throwIfFailed(osLibc().posix_openpt(flags), "posix_openpt"));
  try {
    throwIfFailed(osLibc().unlockpt(controller), "unlockpt", controller);
    const name = getTerminalName(controller);
    return { controller, terminal: open(name, O_RDWR | O_NOCTTY), name };
  } catch (error) {
    libc().close(controller);
    throw error;
  }
}

function getTerminalName(controller: number): string {
  const bytes = new Uint8Array(128);
  // Unlike most functions, it returns the errno.
  const errno = osLibc().ptsname_r(controller, bytes, BigInt(bytes.length));
  if (errno !== 0) throw systemError(errno, "ptsname_r", { fd: controller });
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
