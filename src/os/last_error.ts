/** Errors from C functions that the program calls itself. */

import { type SystemError, systemError } from "../ffi/errors.ts";
import { type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { lastErrno } from "../ffi/libc.ts";

/**
 * Makes an error from errno, after a C function that your program has bound itself has failed. Call
 * it right after the function: the next call into C may overwrite errno, so put no `await`, no log
 * and no other function of any module in between. It doesn't work for a `nonblocking` symbol in
 * Deno, whose errno stays on another thread.
 *
 * Call any function of this module before the call that may fail: the first one opens the C
 * library, which may overwrite errno too. While the runtime optimizes the code around the two
 * calls, one of its locks may change errno. In Node, this affects about one call in a million.
 *
 * @param syscall The function's name, for the message.
 * @param target The descriptor of the call, as a number or an object with `fd` or `fileno()`.
 * @returns The error, for you to throw or examine.
 * @throws {TypeError} If `syscall` isn't a string, or `target` is given but isn't a descriptor.
 *
 * @example Report a failure of a function from libc
 * ```ts
 * import { lastError } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * // In Bun: import { dlopen } from "bun:ffi", with { args: ["i32"], returns: "i32" }.
 * const { symbols: libc } = Deno.dlopen("libc.so.6", {
 *   fdatasync: { parameters: ["i32"], result: "i32" },
 * });
 * lastError("none"); // opens the C library
 *
 * assertEquals(libc.fdatasync(9999), -1);
 * const { code, syscall, fd } = lastError("fdatasync", 9999);
 * assertEquals([code, syscall, fd], ["EBADF", "fdatasync", 9999]);
 * ```
 */
export function lastError(syscall: string, target?: FdLike): SystemError {
  const errno = lastErrno();
  if (typeof syscall !== "string") {
    throw new TypeError(`The name of a function must be a string, got ${inspectLine(syscall)}`);
  }
  return systemError(errno, syscall, { fd: target === undefined ? undefined : toFd(target) });
}
