/** Errors that no caller can catch. */

import { setImmediate, setTimeout } from "./globals.ts";

/** Errors that the runtime may not have dealt with yet. */
let pending = 0;

/**
 * Throws `error` from a separate callback, so that no caller catches it. It ends a program without
 * handlers for uncaught errors. Otherwise the runtime calls the handlers.
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
 * Whether an error was thrown that may still end the program. Bun ends it only once no callbacks of
 * `setImmediate` are pending.
 */
export function isUncaughtPending(): boolean {
  return pending > 0;
}
