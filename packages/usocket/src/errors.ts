/** Errors with a code. */

/** An error with a `code`, like those of system calls. */
export function failure(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

/** Whether `error` is an error with this code. */
export function isError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** `error` itself if it is an Error, otherwise an Error with its text. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
