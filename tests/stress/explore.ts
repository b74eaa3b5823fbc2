/** Runs scenarios until there have been enough, or one has shown something wrong. */

import fc from "fast-check";
import type { Driver } from "../support/drivers.ts";
import { runtime } from "../support/programs.ts";
import { play, type Scenario, scenario, Tally } from "./scenario.ts";

export interface Exploration {
  readonly driver: Driver;
  readonly seed: number;
  /** Replays what a failure named so. */
  readonly path?: string;
  /** Whether that was enough; asked after each batch of scenarios. */
  readonly enough: (tally: Tally) => boolean;
}

/** Scenarios from one seed; then the next seed follows. */
const batch = 4;

/** For how long to wait for what must happen, in ms. */
const patience = 20_000;

/** For how long to look for a simpler way to the same failure, in ms. */
const shrinkingTime = 60_000;

/** Explores; throws an error that tells what went wrong, and how to replay it. */
export async function explore({ driver, seed, path, enough }: Exploration): Promise<Tally> {
  const tally = new Tally();
  let failedAt: number | undefined;
  const property = fc.asyncProperty(scenario, async (scenario) => {
    if (failedAt !== undefined) fc.pre(performance.now() - failedAt < shrinkingTime);
    try {
      const deadline = failedAt === undefined ? patience : patience / 80;
      await play(scenario, { driver, tally, deadline });
    } catch (error) {
      failedAt ??= performance.now();
      throw error;
    }
  });
  for (let next = seed; tally.operations === 0 || !enough(tally); next = (next + 1) | 0) {
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
    ...(counterexample?.[0] ?? []).map((life) => JSON.stringify(life)),
    `Replay it with: deno task stress ${choice}`,
  ].join("\n");
}
