/**
 * Runs the same workloads with fdready and with its peers, and compares them.
 *
 * Each workload runs for several interleaved rounds, and the medians are compared. A missing peer
 * is reported with the command that installs it: gcc, libevent-dev, libuv1-dev, cargo,
 * librust-tokio-dev, golang-go, python3-trio and nodejs are Debian packages, and `npm install
 * --no-save epoll@4.0.2` installs the last one.
 *
 * The exit code is 1 if a peer failed. A missing peer or a missed limit is not a failure.
 */

import { removeBuilds } from "./support/build.ts";
import { hardLimit } from "./support/descriptor_limit.ts";
import { describeMachine } from "./support/machine.ts";
import { readOptions } from "./support/options.ts";
import { findFdreadyPeers } from "./support/fdready_peers.ts";
import { reasons } from "../_tools/figures/explanations.ts";
import { report } from "../_tools/figures/report.ts";
import { writeResults } from "./support/results.ts";
import { measure } from "./support/rounds.ts";
import { type Verdict, verdictTable } from "../_tools/figures/limit_table.ts";
import { workloads } from "./workloads/all.ts";

async function main(): Promise<number> {
  const { workloads: names, drivers, rounds, quick } = readOptions(Deno.args);
  const { fdreadyPeers, absent } = await findFdreadyPeers(drivers);
  for (const one of absent) console.log(`not available: ${one}`);
  const setting = { fdreadyPeers, quick, descriptorLimit: await hardLimit() };
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
  console.log(`\n${verdictTable(verdicts, reasons)}`);
  for (const one of absent) console.log(`not available: ${one}`);
  if (quick) console.log("This was a quick run: its figures mean nothing.");
  return failed ? 1 : 0;
}

try {
  Deno.exitCode = await main();
} finally {
  removeBuilds();
}
