/**
 * Runs the random test for as long as one likes, under the runtime that this runs under.
 *
 *     deno task stress [--minutes N] [--seed S] [--driver name] [--runtime deno|bun] [--path P]
 *
 * `--minutes` is for all drivers together, under each runtime; 1 by default. Without `--seed` it is
 * another one each time. A failure tells what to give for `--path`.
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { type Driver, drivers } from "../support/drivers.ts";
import { runtime } from "../support/programs.ts";
import { explore } from "./explore.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string" },
    driver: { type: "string" },
    runtime: { type: "string" },
    path: { type: "string" },
  },
});

const chosen = drivers.filter((driver) => (values.driver ?? driver) === driver);
const seed = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(values.seed);
const milliseconds = Number(values.minutes) * 60_000 / chosen.length;
if (chosen.length === 0) throw new Error(`There is no driver "${values.driver}" here`);
if (!Number.isInteger(seed)) throw new TypeError(`--seed takes an integer, not "${values.seed}"`);
if (!(milliseconds >= 0)) throw new TypeError(`--minutes takes a number, not "${values.minutes}"`);

if ((values.runtime ?? runtime) === runtime) {
  for (const driver of chosen) await stress(driver);
}

async function stress(driver: Driver): Promise<void> {
  const name = `${runtime} ${driver.padEnd(6)}`;
  console.log(`${name} seed ${seed}`);
  const started = performance.now();
  let told = 0;
  const tally = await explore({
    driver,
    seed,
    path: values.path,
    enough(tally) {
      const elapsed = performance.now() - started;
      if (elapsed - told >= 5000) {
        told = elapsed;
        console.log(`${name} ${(elapsed / 1000).toFixed(0).padStart(5)} s  ${tally}`);
      }
      return elapsed >= milliseconds || values.path !== undefined;
    },
  });
  console.log(`${name} nothing lost  ${tally}`);
}
