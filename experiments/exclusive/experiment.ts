/** Measures how EPOLLEXCLUSIVE behaves when threads share a listening socket. */

import os from "node:os";
import { readCommandLine } from "../../examples/support/command_line.ts";
import { fillPage } from "../../_tools/figures/fill_page.ts";
import { table } from "../../_tools/figures/table.ts";
import { header, measureAll, row } from "./measurements.ts";
import { checkHypotheses } from "./hypotheses.ts";
import { workerCount } from "./workers.ts";
import { renderPlaces } from "./render_page.ts";
import { acceptingOne } from "./patterns.ts";

const usage = `
deno task experiment:exclusive

Measures how EPOLLEXCLUSIVE behaves when threads share a listening socket, prints the figures
and puts them into experiments/exclusive/README.md.
`;

async function main(): Promise<void> {
  const measurements = await measureAll();
  const one = { level: await acceptingOne(false), edge: await acceptingOne(true) };
  const rows = measurements.map(row);
  const hypotheses = checkHypotheses(measurements, one);
  const where = `Linux ${os.release()} ${os.arch()}, ${os.cpus().length} CPUs, ` +
    `Deno ${Deno.version.deno}, ${workerCount} Workers`;

  console.log(`${where}\n\n${table(header, rows)}\n`);
  for (const { hypothesis, verdict, figures } of hypotheses) {
    console.log(`${verdict}: ${hypothesis}\n  ${figures}`);
  }
  await fillPage("experiments/exclusive/README.md", renderPlaces({ where, rows, hypotheses }));
}

if (import.meta.main) {
  readCommandLine(usage, {});
  await main();
}
