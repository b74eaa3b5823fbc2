/** Letting the event loop do its work. */

import { setImmediate, setTimeout } from "node:timers";

/** Resolves in the next turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves after `milliseconds`. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Resolves when `holds` does, in some later turn; if it never does, rejects with `complaint`. */
export async function until(
  holds: () => boolean,
  complaint: () => Error,
  milliseconds = 10_000,
): Promise<void> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > milliseconds) throw complaint();
    await turn();
  }
}
