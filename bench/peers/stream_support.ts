/** What the readers of the stream workload share: they read their standard input to its end. */

import process from "node:process";
import { finish } from "./support.ts";

/**
 * Reports how long `readAll` took, in ms, from the first chunk on: before that, the writer may not
 * have started. It calls `onChunk` with the length of each.
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
  });
  const duration = performance.now() - start!;
  if (total !== expected) throw new Error(`It got ${total} bytes instead of ${expected}`);
  finish({ duration });
}
