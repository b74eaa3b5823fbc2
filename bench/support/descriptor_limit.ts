/** The limit on descriptors, and the sizes of workloads within that. */

import { run } from "./run.ts";

/** More than a runtime opens itself. */
const spare = 200;

/** The hard limit of RLIMIT_NOFILE. A process may raise its own limit to that. */
export async function hardLimit(): Promise<number> {
  const text = await run(["sh", "-c", "ulimit -Hn"]);
  return text === "unlimited" ? Infinity : Number(text);
}

/** The descriptors of a process that uses `count`, including those of the runtime. */
export function descriptorsFor(count: number): number {
  return count + spare;
}

/**
 * Reduces `sizes` to `limit`, with `each` descriptors per unit. A size that is too large becomes
 * the largest multiple of 100 that fits.
 */
export function fitting(sizes: readonly number[], each: number, limit: number): number[] {
  const largest = Math.floor((limit - spare) / each / 100) * 100;
  return [...new Set(sizes.map((size) => Math.min(size, largest)))];
}
