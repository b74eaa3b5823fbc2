/**
 * The timers of `node:timers`, which tests that fake time don't replace, and which know `unref`. They are
 * loaded when they are used first, which takes its time in Deno.
 */

import { builtin } from "./runtime.ts";

/** A timer under way. */
export interface Timer {
  ref(): void;
  unref(): void;
}

interface Timers {
  setImmediate(callback: () => void): unknown;
  setTimeout(callback: () => void, milliseconds: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

let loaded: Timers | undefined;

/** `setImmediate`, `setTimeout` and `clearTimeout`. */
export function timers(): Timers {
  return loaded ??= builtin("node:timers") as Timers;
}
