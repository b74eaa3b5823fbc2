/** Measures a workload with all contenders, in several interleaved rounds. */

import { findUnmet } from "./requirement.ts";
import { ProgramError, run } from "./run.ts";
import { median, rounded } from "./statistics.ts";
import type { Contender, Figures, Outcome, Workload } from "./workload.ts";

type Figure = Record<string, number>;

interface Trouble {
  readonly state: "missing" | "failed";
  readonly why: string;
}

/** Runs all contenders that can run, `rounds` times, interleaved. Reports to `progress`. */
export async function measure(
  workload: Workload,
  rounds: number,
  progress: (line: string) => void,
): Promise<Outcome[]> {
  const { name, contenders, metrics: [{ name: first, unit }] } = workload;
  const troubles = await findMissing(contenders);
  const figures = new Map(contenders.map((contender) => [contender, [] as Figure[]]));
  const missing = new Set([...troubles].map(([{ label }, { why }]) => `${label} ${why}`));
  for (const line of missing) progress(`${name}: ${line}`);
  for (let round = 1; round <= rounds; round++) {
    for (const contender of contenders) {
      if (troubles.has(contender)) continue;
      const where = `${name}, round ${round} of ${rounds}: ${nameOf(contender)}`;
      try {
        const figure = await runOnce(workload, contender);
        figures.get(contender)!.push(figure);
        progress(`${where}: ${rounded(figure[first]!)} ${unit}`);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        troubles.set(contender, { state: "failed", why });
        const output = error instanceof ProgramError ? `\n${error.output}` : "";
        progress(`${where} failed: ${why}${output}`);
      }
    }
  }
  return contenders.map((contender) => {
    const { peer, label, ours, size } = contender;
    const ending = troubles.get(contender) ??
      { state: "measured" as const, rounds: figures.get(contender)! };
    return { peer, label, ours, size, ...ending };
  });
}

/** The reason for each contender that can't run. */
async function findMissing(contenders: readonly Contender[]): Promise<Map<Contender, Trouble>> {
  const troubles = new Map<Contender, Trouble>();
  for (const contender of contenders) {
    const missing = await findUnmet(contender.program.requirements);
    if (missing.length === 0) continue;
    const why = missing.map(({ what, install }) => `needs ${what}: ${install}`).join("; ");
    troubles.set(contender, { state: "missing", why });
  }
  return troubles;
}

function nameOf({ label, size }: Contender): string {
  return size === undefined ? label : `${label}, n = ${size}`;
}

async function runOnce({ metrics, figures }: Workload, contender: Contender): Promise<Figure> {
  const output = JSON.parse(await run(await contender.program.command()));
  const reported = figures === undefined ? output : figures(output);
  const figure: Figure = {};
  for (const { name } of metrics) {
    const value: unknown = reported[name];
    if (value === undefined) continue;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new TypeError(`${name} is no number: ${JSON.stringify(value)}`);
    }
    figure[name] = value;
  }
  if (figure[metrics[0].name] === undefined) throw new TypeError(`no ${metrics[0].name}`);
  return figure;
}

/** The median of `metric` over all rounds of `outcome`, if there is one. */
export function medianOf(outcome: Outcome, metric: string): number | undefined {
  const values = valuesOf(outcome, metric);
  return values.length === 0 ? undefined : median(values);
}

/** The values of `metric` in all rounds. */
export function valuesOf(outcome: Outcome, metric: string): number[] {
  if (outcome.state !== "measured") return [];
  return outcome.rounds.map((figure) => figure[metric]).filter((value) => value !== undefined);
}

/** The figures of `outcomes`, by peer, metric and size. */
export function figuresOf(outcomes: readonly Outcome[]): Figures {
  return {
    median(peer, metric, size) {
      const outcome = outcomes.find((one) => one.peer === peer && one.size === size);
      return outcome && medianOf(outcome, metric);
    },
  };
}
