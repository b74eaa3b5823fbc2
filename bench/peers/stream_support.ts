/** The common part of the readers in the stream and pty workloads. They read standard input. */

import process from "node:process";
import { finish } from "./support.ts";

/**
 * Reports how long `readAll` took, and its CPU time, in ms. Both begin at the first chunk, because
 * the writer may not have started before. `readAll` calls `onChunk` with the length of each chunk,
 * until there were as many bytes as the last argument says: a terminal has no end.
 */
export async function measure(
  readAll: (onChunk: (length: number) => void) => Promise<void>,
): Promise<never> {
  const expected = Number(process.argv.at(-1));
  let total = 0;
  let start: { readonly time: number; readonly cpu: NodeJS.CpuUsage } | undefined;
  await readAll((length) => {
    start ??= { time: performance.now(), cpu: process.cpuUsage() };
    total += length;
    if (total < expected) return;
    const { user, system } = process.cpuUsage(start.cpu);
    finish({ duration: performance.now() - start.time, cpu: (user + system) / 1000 });
  });
  throw new Error(`It got ${total} bytes instead of ${expected}`);
}
