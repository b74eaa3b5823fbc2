/** Writes results: a JSON file and a chart for each workload. */

import { judge } from "./limits.ts";
import type { Machine } from "../../_tools/figures/host.ts";
import { resultsFolder } from "./paths.ts";
import { picture } from "../../_tools/figures/chart.ts";
import { figuresOf, medianOf } from "./rounds.ts";
import type { Verdict } from "../../_tools/figures/limit_table.ts";
import type { Outcome, Workload } from "./workload.ts";

/** The circumstances of the measurement. */
export interface Circumstances {
  readonly machine: Machine;
  readonly rounds: number;
  readonly quick: boolean;
}

/** Writes both files. Returns the judged limits. */
export async function writeResults(
  workload: Workload,
  outcomes: readonly Outcome[],
  circumstances: Circumstances,
): Promise<Verdict[]> {
  const limits = judge(workload, figuresOf(outcomes));
  const folder = resultsFolder(circumstances.quick);
  await Deno.mkdir(folder, { recursive: true });
  const { name, title, metrics, notes } = workload;
  const peers = outcomes.map((outcome) => ({ ...outcome, medians: medians(workload, outcome) }));
  const content = { workload: name, title, ...circumstances, metrics, notes, peers, limits };
  await Deno.writeTextFile(`${folder}/${name}.json`, `${JSON.stringify(content, null, 2)}\n`);
  if (outcomes.some(({ state }) => state === "measured")) {
    await Deno.writeTextFile(`${folder}/${name}.svg`, await picture(workload, outcomes));
  }
  return limits;
}

function medians({ metrics }: Workload, outcome: Outcome): Record<string, number> {
  const found = metrics.map(({ name }) => [name, medianOf(outcome, name)] as const);
  return Object.fromEntries(
    found.filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}
