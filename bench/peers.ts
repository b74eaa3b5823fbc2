/**
 * Runs the same workloads with fdready and with what else there is, in one go, and compares.
 *
 *     deno task bench:peers [--workload name[,name]] [--driver name[,name]] [--rounds N] [--quick]
 *
 * The workloads are echo_busy, echo_apart, echo_idle, ping_pong, pipes, stream, wake, memory and
 * idle. Each is run for several rounds, 5 unless told, and in each round all peers have their turn;
 * what is compared are the medians. `--driver` says with which drivers fdready runs, `auto` unless told. `--quick` does a
 * little of everything once: it shows that all of it works, and its figures mean nothing.
 *
 * What comes out is printed and written to bench/results/, a JSON file and a picture for each
 * workload; of a quick run to bench/results/quick/. A peer that isn't installed is reported with
 * the command that installs it: libevent-dev, libuv1-dev, python3-trio, gcc and nodejs are packages
 * of Debian, and `npm install --no-save epoll@4.0.2` gets the last one.
 *
 * The exit code is 1 if a peer failed. Neither a missing one nor a limit that isn't met is a failure.
 */

import { removeBuilds } from "./support/build.ts";
import { hardLimit } from "./support/descriptor_limit.ts";
import { type Verdict, verdictTable } from "./support/limits.ts";
import { describeMachine } from "./support/machine.ts";
import { readOptions } from "./support/options.ts";
import { findOurs } from "./support/ours.ts";
import { report } from "./support/report.ts";
import { writeResults } from "./support/results.ts";
import { measure } from "./support/rounds.ts";
import { workloads } from "./workloads/all.ts";

async function main(): Promise<number> {
  const { workloads: names, drivers, rounds, quick } = readOptions(Deno.args);
  const { ours, absent } = await findOurs(drivers);
  for (const one of absent) console.log(`not available: ${one}`);
  const setting = { ours, quick, descriptorLimit: await hardLimit() };
  const chosen = workloads(setting, names);
  const machine = await describeMachine();
  console.log(`${machine.cpu}, ${machine.cpus} CPUs, ${machine.kernel}`);

  const verdicts: Verdict[] = [];
  let failed = false;
  for (const workload of chosen) {
    const outcomes = await measure(workload, rounds, console.error);
    verdicts.push(...await writeResults(workload, outcomes, { machine, rounds, quick }));
    console.log(report(workload, outcomes));
    failed ||= outcomes.some(({ state }) => state === "failed");
  }
  console.log(`\n${verdictTable(verdicts)}`);
  for (const one of absent) console.log(`not available: ${one}`);
  if (quick) console.log("This was a quick run: its figures mean nothing.");
  return failed ? 1 : 0;
}

try {
  Deno.exitCode = await main();
} finally {
  removeBuilds();
}
