/** What the readers of the stream and pty workloads share: they read their standard input. */

import process from "node:process";
import { finish } from "./support.ts";

/**
 * Reports how long `readAll` took, in ms, from the first chunk on: before that, the writer may not
 * have started. It calls `onChunk` with the length of each, until there have been as many bytes as the
 * last argument says: a terminal has no end.
 */
export async function measure(
  readAll: (onChunk: (length: number) => void) => Promise<void>,
): Promise<never> {
  const expected = Number(process.argv.at(-1));
  let total = 0;
  let start: number | undefined;
  await readAll((length) => {
    start ??= performance.now();
    total += length;
    if (total >= expected) finish({ duration: performance.now() - start });
  });
  throw new Error(`It got ${total} bytes instead of ${expected}`);
}
