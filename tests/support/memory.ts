/** How much memory the process holds. */

import process from "node:process";
import { collectGarbage } from "./garbage.ts";
import { sleep } from "./event_loop.ts";

/** Resident memory in bytes, once garbage has been collected. Deno needs `--v8-flags=--expose-gc`. */
export async function residentMemory(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    // Finalizers, and what allocators give back later.
    await sleep(50);
  }
  return process.memoryUsage().rss;
}
