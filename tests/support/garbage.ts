/** Forcing the garbage collector. */

import { runtime } from "./programs.ts";

/** As much of Bun's API as is used here. */
interface BunApi {
  gc(synchronous: boolean): void;
}

/**
 * Collects garbage, for real in Bun. Deno has no such call without a flag, so that memory is filled
 * until the collector must have run.
 */
export function collectGarbage(): void {
  if (runtime === "bun") return (globalThis as unknown as { Bun: BunApi }).Bun.gc(true);
  const registry: unknown[] = [];
  for (let round = 0; round < 200; round++) {
    registry.push(new Uint8Array(1 << 20), Array.from({ length: 1000 }, () => ({ round })));
    if (round % 10 === 0) registry.length = 0;
  }
}
