/** Errors of the system. */

import { SystemError } from "@fdready/fdready";

/** Whether `error` is a system error with one of `codes`. */
export function hasCode(error: unknown, ...codes: readonly string[]): error is SystemError {
  return error instanceof SystemError && codes.includes(error.code);
}

/** The error of a write that nothing will ever read, as the kernel reports it where it does. */
export function createClosedError(): Error {
  const error = new Error("write EIO: the terminal has been closed");
  return Object.assign(error, { code: "EIO", errno: -5, syscall: "write" });
}
