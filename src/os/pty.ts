/** Pseudo-terminals. */

import { systemError } from "../ffi/errors.ts";
import { libc, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { open } from "./file.ts";
import { O_CLOEXEC, O_NOCTTY, O_NONBLOCK, O_RDWR } from "./file_constants.ts";

/** A pseudo-terminal's two ends. */
export interface Pty {
  /** The end that a terminal emulator holds. */
  readonly controller: number;
  /** The end that programs use as their terminal. */
  readonly terminal: number;
  /** The path of the terminal, for other programs to open. */
  readonly name: string;
}

/**
 * Opens a new pseudo-terminal.
 *
 * @returns Both ends, and the terminal's path.
 * @throws {SystemError} As posix_openpt(3), unlockpt(3), ptsname_r(3) and open(2).
 *
 * @example
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { openpty, read, write } from "@fdready/fdready/os";
 *
 * const { controller, terminal, name } = openpty();
 * console.log(name); // /dev/pts/0
 * write(controller, new TextEncoder().encode("typed\n"));
 * await waitReadable(terminal);
 * console.log(read(terminal, new Uint8Array(64))); // 6
 * ```
 */
export function openpty(): Pty {
  const flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  const controller = noteOpened(throwIfFailed(osLibc().posix_openpt(flags), "posix_openpt"));
  try {
    throwIfFailed(osLibc().unlockpt(controller), "unlockpt", controller);
    const name = nameOf(controller);
    return { controller, terminal: open(name, O_RDWR | O_NOCTTY), name };
  } catch (error) {
    libc().close(controller);
    throw error;
  }
}

function nameOf(controller: number): string {
  const bytes = new Uint8Array(128);
  // Unlike most, it returns the errno.
  const number = osLibc().ptsname_r(controller, bytes, BigInt(bytes.length));
  if (number !== 0) throw systemError(number, "ptsname_r", { fd: controller });
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
