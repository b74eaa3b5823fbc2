/** Errors of C functions that the program calls itself. */

import { type SystemError, systemError } from "../ffi/errors.ts";
import { type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { lastErrno } from "../ffi/libc.ts";

/**
 * Makes an error from errno, after a C function that you have bound yourself has failed. Call it
 * right after the function: the next call into C may overwrite errno, so put no `await`, no log and
 * no other function of any module in between. It doesn't work for a `nonblocking` symbol of Deno,
 * whose errno stays on another thread.
 *
 * Call some function of this module before the call that may fail: the first one opens the C
 * library, which may overwrite errno too.
 *
 * @param syscall The function's name, for the message.
 * @param fd The descriptor that the call was about: its number, or an object with an `fd` or a
 * `fileno()`.
 * @returns The error, for you to throw or examine.
 * @throws {TypeError} If `syscall` isn't a string, or `fd` is given but isn't a descriptor.
 *
 * @example
 * ```ts
 * import { lastError } from "@fdready/fdready/os";
 *
 * // In Bun: import { dlopen } from "bun:ffi", with { args: ["i32"], returns: "i32" }.
 * const { symbols: libc } = Deno.dlopen("libc.so.6", {
 *   fsync: { parameters: ["i32"], result: "i32" },
 * });
 * lastError("none"); // opens the C library
 *
 * if (libc.fsync(9999) === -1) {
 *   const error = lastError("fsync", 9999);
 *   console.log(error.code, error.syscall, error.fd); // EBADF fsync 9999
 * }
 * ```
 */
export function lastError(syscall: string, fd?: FdLike): SystemError {
  const errno = lastErrno();
  if (typeof syscall !== "string") {
    throw new TypeError(`The name of a function must be a string, got ${inspectLine(syscall)}`);
  }
  return systemError(errno, syscall, { fd: fd === undefined ? undefined : toFd(fd) });
}
