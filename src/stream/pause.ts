/**
 * Pauses, for a descriptor that stays ready although calls on it still would block. Examples are an
 * eventfd with too little room for the number to be written, and a socket whose error queue has
 * entries. Waiting for such a descriptor without pauses would use a whole core.
 */

import type { WaitOptions } from "../manager/options.ts";
import { clearTimeout, setTimeout } from "../runtime/globals.ts";
import type { StreamFile } from "./stream_file.ts";

/** A few waits in vain are normal for a file that several programs read. */
const waitsBeforePauses = 3;

/** In ms. */
const longestPause = 64;

/** How long to pause after so many waits in vain in a row, in ms. */
export function pauseAfter(waits: number): number {
  return waits < waitsBeforePauses ? 0 : Math.min(2 ** (waits - waitsBeforePauses), longestPause);
}

/** Resolves after `milliseconds`. Rejects in the same cases as a wait for `file`. */
export async function pause(
  file: StreamFile,
  milliseconds: number,
  { signal, ref }: WaitOptions,
): Promise<void> {
  // A watch without interest notices when the descriptor is closed, or its number reused.
  const watch = file.manager.watch(file.waitFd, {}, () => {});
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  if (ref === false) timer.unref();
  file.endListeners.add(resolve);
  try {
    await untilAborted(signal, promise);
    file.throwIfClosed();
    watch.interest({});
  } finally {
    file.endListeners.delete(resolve);
    clearTimeout(timer);
    watch.close();
  }
}

/** Resolves when `promise` does, or rejects with the reason of `signal`, which hasn't aborted yet. */
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
