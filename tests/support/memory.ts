/** How much memory the process uses. */

import process from "node:process";
import { longestWait, sleep } from "./event_loop.ts";
import { collectGarbage } from "./garbage.ts";

/** Resident memory in bytes, after garbage was collected. Deno needs `--v8-flags=--expose-gc`. */
export async function residentMemory(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    // Finalizers run, and allocators return memory in the background.
    await sleep(50);
  }
  return process.memoryUsage().rss;
}

/**
 * Like {@linkcode residentMemory}, but collects garbage until that is below `limit`, if it ever is.
 * Allocators may take a while to return memory to the kernel.
 */
export async function residentMemoryBelow(limit: number): Promise<number> {
  const started = performance.now();
  let memory = await residentMemory();
  while (memory >= limit && performance.now() - started < longestWait) {
    memory = await residentMemory();
  }
  return memory;
}
