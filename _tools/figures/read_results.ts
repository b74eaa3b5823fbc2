/** Reads the result files that `results.ts` writes. */

import type { Published } from "./published.ts";

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
