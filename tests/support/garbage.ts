/** Forces garbage collection. */

import { runtime } from "./programs.ts";
import { until } from "./event_loop.ts";

interface Collector {
  /** Exists in Bun. */
  readonly Bun?: { gc(synchronous: boolean): void };
  /** Exists in Deno with `--v8-flags=--expose-gc`. */
  readonly gc?: () => void;
}

/**
 * Collects all garbage. If Deno was started without the flag for that, fills memory until the
 * collector must have run.
 */
export function collectGarbage(): void {
  const { Bun, gc } = globalThis as unknown as Collector;
  if (runtime === "bun") Bun?.gc(true);
  else if (gc !== undefined) gc();
  else fillMemory();
}

/** Collects garbage until `holds` returns true. */
export function collected(holds: () => boolean): Promise<void> {
  return until(() => {
    collectGarbage();
    return holds();
  }, () => new Error("It wasn't collected, or its finalizer did something else"));
}

function fillMemory(): void {
  const kept: unknown[] = [];
  for (let round = 0; round < 200; round++) {
    kept.push(new Uint8Array(1 << 20), Array.from({ length: 1000 }, () => ({ round })));
    if (round % 10 === 0) kept.length = 0;
  }
}
