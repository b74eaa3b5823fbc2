/** Reads the result files that `results.ts` writes. */

import type { Machine } from "../../bench/support/machine.ts";
import type { Verdict } from "./limit_table.ts";

/** The part of a workload's file that is used here. */
export interface Published {
  readonly workload: string;
  readonly title: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly metrics: readonly {
    readonly name: string;
    readonly title: string;
    readonly unit: string;
  }[];
  readonly peers: readonly {
    readonly peer: string;
    readonly label: string;
    readonly size?: number;
    readonly medians: Readonly<Record<string, number>>;
  }[];
  readonly limits: readonly Verdict[];
}

/** All workloads with a file in `folder`, by their names. */
export async function readResults(folder: URL): Promise<Map<string, Published>> {
  const results = new Map<string, Published>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".json")) continue;
    const published: Published = JSON.parse(await Deno.readTextFile(new URL(name, folder)));
    results.set(published.workload, published);
  }
  return results;
}
