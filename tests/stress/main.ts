/** Runs the random test for some minutes on the current runtime. */

import { runtimeNames } from "../../_tools/runner/runtimes.ts";
import { misuse, readCommandLine } from "../../examples/support/command_line.ts";
import { type Driver, drivers } from "../support/drivers.ts";
import { runtime } from "../support/programs.ts";
import { record, resultsFolder } from "../support/record.ts";
import { explore } from "./explore.ts";

const usage = `
deno task stress [options]

Runs the random test for some minutes on each runtime.

  --minutes N           how long, for all drivers together, on each runtime; the default is 1
  --seed S              an integer; the default is a different one each time
  --driver name         one of ${drivers.join(", ")}; the default is all
  --runtime name       run it on this runtime only
  --path P              replay the failure that has this path
  --results             write the figures to tests/results
`;

const { values } = readCommandLine(usage, {
  minutes: { type: "string", default: "1" },
  seed: { type: "string" },
  driver: { type: "string" },
  runtime: { type: "string" },
  path: { type: "string" },
  results: { type: "boolean", default: false },
});

const chosen = drivers.filter((driver) => (values.driver ?? driver) === driver);
const seed = values.seed === undefined ? Math.trunc(Math.random() * 2 ** 31) : Number(values.seed);
const milliseconds = Number(values.minutes) * 60_000 / chosen.length;
if (chosen.length === 0) misuse(`there is no driver "${values.driver}" here`);
if (!Number.isInteger(seed)) misuse(`--seed takes an integer, not "${values.seed}"`);
if (!(milliseconds >= 0)) misuse(`--minutes takes a number, not "${values.minutes}"`);
const only = values.runtime ?? runtime;
if (!runtimeNames.some((name) => name === only)) {
  misuse(`--runtime takes ${runtimeNames.join(" or ")}, not "${only}"`);
}

if (only === runtime) {
  for (const driver of chosen) await stress(driver);
}

async function stress(driver: Driver): Promise<void> {
  const name = `${runtime} ${driver.padEnd(6)}`;
  console.log(`${name} seed ${seed}`);
  const started = performance.now();
  let printed = 0;
  const tally = await explore({
    driver,
    seed,
    path: values.path,
    isDone(tally) {
      const elapsed = performance.now() - started;
      if (elapsed - printed >= 5000) {
        printed = elapsed;
        console.log(`${name} ${(elapsed / 1000).toFixed(0).padStart(5)} s  ${tally}`);
      }
      return elapsed >= milliseconds || values.path !== undefined;
    },
  });
  console.log(`${name} nothing lost  ${tally}`);
  const { operations, resolved } = tally;
  // A wrong wait ends the run earlier.
  if (values.results) record("stress", driver, { operations, resolved, lost: 0 }, resultsFolder);
}
