/** How many descriptors a process may have, and what fits in. */

import { run } from "./run.ts";

/** What a runtime has open itself, with room to spare. */
const spare = 200;

/** The hard limit of RLIMIT_NOFILE, up to which any process may raise its own. */
export async function hardLimit(): Promise<number> {
  const text = await run(["sh", "-c", "ulimit -Hn"]);
  return text === "unlimited" ? Infinity : Number(text);
}

/** The descriptors that a process needs to handle `count` of its own. */
export function descriptorsFor(count: number): number {
  return count + spare;
}

/**
 * `sizes` as far as `limit` allows, `each` being the descriptors that one takes. What is too large
 * becomes the largest hundred that fits.
 */
export function fitting(sizes: readonly number[], each: number, limit: number): number[] {
  const largest = Math.floor((limit - spare) / each / 100) * 100;
  return [...new Set(sizes.map((size) => Math.min(size, largest)))];
}
