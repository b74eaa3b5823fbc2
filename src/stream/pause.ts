/**
 * Pauses, for a descriptor that stays ready although calls on it still would block. Examples are an
 * eventfd with too little room for the number to be written, and a socket whose error queue has
 * entries. Waiting for such a descriptor without pauses would use a whole core.
 */

import type { WaitOptions } from "../manager/options.ts";
import { clearTimeout, setTimeout } from "../runtime/globals.ts";

/** A few waits in vain are normal for a file that several programs read. */
const waitsBeforePauses = 3;

/** In ms. */
const longestPause = 64;

/** How long to pause after so many waits in vain in a row, in ms. */
export function pauseAfter(waits: number): number {
  return waits < waitsBeforePauses ? 0 : Math.min(2 ** (waits - waitsBeforePauses), longestPause);
}

/**
 * Resolves after `milliseconds`, or when a function that it adds to `interrupts` is called. Rejects
 * with the reason of the signal, which must not have aborted before.
 */
export async function sleep(
  milliseconds: number,
  { signal, ref }: WaitOptions,
  interrupts: Set<() => void>,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  if (ref === false) timer.unref();
  interrupts.add(resolve);
  try {
    await untilAborted(signal, promise);
  } finally {
    interrupts.delete(resolve);
    clearTimeout(timer);
  }
}

/**
 * Resolves when `promise` does, or rejects with the reason of `signal`, which hasn't aborted yet.
 */
export async function untilAborted(
  signal: AbortSignal | undefined,
  promise: Promise<void>,
): Promise<void> {
  if (signal === undefined) return promise;
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const listener = () => resolve();
  signal.addEventListener("abort", listener);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", listener);
  }
  signal.throwIfAborted();
}
