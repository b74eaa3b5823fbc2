/** Errors of calls that others make. */

import type { SystemError } from "../ffi/errors.ts";
import { type FdLike, toFd } from "../ffi/fd_like.ts";
import { errno, systemError } from "../ffi/libc.ts";
import { show } from "../ffi/show.ts";

/**
 * Makes the error of a C function that you have bound and called yourself, and that has said that it
 * failed. It reads errno, which the next call into C may overwrite, so nothing may come between the two:
 * no `await`, no log, no other function of this or another module. A call made by Deno on another thread,
 * of a `nonblocking` symbol, leaves its errno on that thread, where it can't be read.
 *
 * Call any other function of this module, or this one, before the call that may fail: the first one opens
 * the C library, which may overwrite errno too.
 *
 * @param syscall The function's name, for the message.
 * @param fd The descriptor that it was about: its number, or an object with an `fd` or a `fileno()`.
 * @returns The error, for you to throw or to look at.
 * @throws {TypeError} If `syscall` is no string, or `fd` is given and no descriptor.
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
  const reason = errno();
  if (typeof syscall !== "string") {
    throw new TypeError(`The name of a function must be a string, got ${show(syscall)}`);
  }
  return systemError(reason, syscall, fd === undefined ? undefined : toFd(fd));
}
