/** Errors that nobody has asked for. */

import { setImmediate, setTimeout } from "./globals.ts";

/** Errors that the runtime may not have dealt with yet. */
let pending = 0;

/**
 * Throws `error` where nothing catches it, in a turn of the event loop of its own. It ends a program that
 * doesn't handle such errors. In any other program, the runtime calls the handlers.
 */
export function throwUncaught(error: unknown): void {
  pending++;
  setImmediate(() => {
    // By then the event loop has had the opportunity to end the program.
    setTimeout(() => pending--, 0);
    throw error;
  });
}

/**
 * Whether an error was thrown that may yet end the program. Bun ends it only once no callbacks of
 * `setImmediate` are pending.
 */
export function isUncaughtPending(): boolean {
  return pending > 0;
}
