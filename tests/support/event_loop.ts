/** Running and observing the event loop. */

import { clearTimeout, setImmediate, setTimeout } from "node:timers";

/**
 * How long a test waits for something, in ms, before it counts as never happening. Beside other
 * load, things may take ten times as long.
 */
export const longestWait = 120_000;

/** Resolves in the next event loop turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves after the reactions of settled promises have run. */
export async function flushMicrotasks(): Promise<void> {
  // A rejection may need a few more microtasks than the resolution that it comes with.
  for (let count = 0; count < 4; count++) await undefined;
}

/** Resolves after `milliseconds`. */
export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Resolves in a later event loop turn, when `holds` returns true. Rejects with `complaint()` if
 * that takes longer than `milliseconds`.
 */
export async function until(
  holds: () => boolean,
  complaint: () => Error,
  milliseconds = longestWait,
): Promise<void> {
  const started = performance.now();
  while (!holds()) {
    if (performance.now() - started > milliseconds) throw complaint();
    await turn();
  }
}

/** Blocks until `holds` returns true. Throws `complaint()` if that takes too long. */
export function spinUntil(holds: () => boolean, complaint: () => Error): void {
  const started = performance.now();
  while (!holds()) if (performance.now() - started > longestWait) throw complaint();
}

/** Counts event loop turns with a timer. A blocked event loop has none. */
export class TurnCounter implements Disposable {
  count = 0;
  #timer = setTimeout(() => this.#turn(), 0);

  #turn(): void {
    this.count++;
    this.#timer = setTimeout(() => this.#turn(), 0);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
