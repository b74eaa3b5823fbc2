/** How much memory a pending wait takes, in bytes, whatever waits. Needs `--expose-gc`. */

import process from "node:process";
import { dup, pipe } from "@fdready/fdready/os";

/** Waits made first and left alone: they take what is taken only once. */
const warmUp = 10;

export interface Memory {
  readonly heap: number;
  readonly resident: number;
}

/** Ends of one pipe, nothing to read: as many descriptors as wanted, for one each. */
export function descriptors(count: number): number[] {
  const [end] = pipe();
  return Array.from({ length: count }, () => dup(end));
}

/** What each of `fds` costs when `wait` has been called on it and is pending. */
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
  // What has just been started may have something to do, and leave something behind.
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
