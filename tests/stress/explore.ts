/** Runs random scenarios until there were enough, or one fails. */

import fc from "fast-check";
import { longestWait } from "../support/event_loop.ts";
import type { Driver } from "../support/drivers.ts";
import { runtime } from "../support/programs.ts";
import { play, type Scenario, scenario, Tally } from "./scenario.ts";

export interface Exploration {
  readonly driver: Driver;
  readonly seed: number;
  /** The path of a failure to replay. */
  readonly path?: string;
  /** Whether there were enough scenarios. It is called after each batch. */
  readonly isDone: (tally: Tally) => boolean;
}

/** How many scenarios use the same seed. The next batch uses the next one. */
const batch = 4;

/** How long to wait for a wait that must resolve, while a failure is simplified, in ms. */
const shrinkingWait = 250;

/** How long to look for a simpler scenario with the same failure, in ms. */
const shrinkingTime = 60_000;

/** Explores. Throws an error that describes the failure and how to replay it. */
export async function explore({ driver, seed, path, isDone }: Exploration): Promise<Tally> {
  const tally = new Tally();
  let failedAt: number | undefined;
  const property = fc.asyncProperty(scenario, async (scenario) => {
    if (failedAt !== undefined) fc.pre(performance.now() - failedAt < shrinkingTime);
    try {
      const deadline = failedAt === undefined ? longestWait : shrinkingWait;
      await play(scenario, { driver, tally, deadline });
    } catch (error) {
      failedAt ??= performance.now();
      throw error;
    }
  });
  for (let next = seed; tally.operations === 0 || !isDone(tally); next = (next + 1) | 0) {
    const details = await fc.check(property, { seed: next, path, numRuns: batch });
    if (details.failed) throw new Error(report(details, driver));
  }
  return tally;
}

function report(details: fc.RunDetails<[Scenario]>, driver: Driver): string {
  const { seed, counterexamplePath, counterexample, errorInstance, numShrinks } = details;
  const choice =
    `--runtime ${runtime} --driver ${driver} --seed ${seed} --path ${counterexamplePath}`;
  const cause = errorInstance instanceof Error ? errorInstance.stack : String(errorInstance);
  return [
    `Driver "${driver}" failed under ${runtime}, made simpler ${numShrinks} times: ${cause}`,
    ...(counterexample?.[0] ?? []).map((run) => JSON.stringify(run)),
    `Replay it with: deno task stress ${choice}`,
  ].join("\n");
}
