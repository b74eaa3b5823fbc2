/** The memory of a pending wait, in bytes. Needs `--expose-gc`. */

import process from "node:process";
import { dup, pipe } from "@fdready/fdready/os";

/** Waits that come first, for memory that is allocated only once. */
const warmUp = 10;

export interface Memory {
  readonly heap: number;
  readonly resident: number;
}

/** Descriptors of a pipe that isn't readable, `count` of them. */
export function descriptors(count: number): number[] {
  const [end] = pipe();
  return Array.from({ length: count }, () => dup(end));
}

/** The memory for each of `fds` while a call of `wait` for it is pending. */
export async function measure(fds: number[], wait: (fd: number) => Promise<void>): Promise<Memory> {
  for (const fd of fds.slice(0, warmUp)) wait(fd);
  const measured = fds.slice(warmUp);
  const before = await current();
  for (const fd of measured) wait(fd);
  const after = await current();
  return {
    heap: (after.heap - before.heap) / measured.length,
    resident: (after.resident - before.resident) / measured.length,
  };
}

async function current(): Promise<Memory> {
  // New threads may still be starting, and may leave garbage.
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (let i = 0; i < 3; i++) collectGarbage();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

function collectGarbage(): void {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("Run this with --expose-gc");
  gc();
}
