/** Errors with a code. */

/** An error with `code`, as those of the system have one. */
export function failure(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}

/** Whether `error` has that code. */
export function isError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** `error`, if it is one. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
