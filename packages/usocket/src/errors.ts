/** Errors with a code. */

/** Creates an error with a `code`, like those of system calls. */
export function createError(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

/** Whether `error` is an error with this code. */
export function isError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** Returns `error` itself if it is an Error, and otherwise an Error with its text. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
