/** How EPOLLEXCLUSIVE behaves when threads share a listening socket. */

import os from "node:os";
import { readCommandLine } from "../../examples/support/command_line.ts";
import { fillPage } from "../../_tools/figures/fill_page.ts";
import { table } from "../../_tools/figures/table.ts";
import { header, measureCells, row } from "./measurements.ts";
import { verdicts } from "./hypotheses.ts";
import { workerCount } from "./workers.ts";
import { findings } from "./render_page.ts";
import { acceptingOne } from "./patterns.ts";

const usage = `
deno task experiment:exclusive

Measures how EPOLLEXCLUSIVE behaves when threads share a listening socket, prints the figures
and puts them into docs/exclusive.md.
`;

async function main(): Promise<void> {
  const cells = await measureCells();
  const one = { level: await acceptingOne(false), edge: await acceptingOne(true) };
  const rows = cells.map(row);
  const claims = verdicts(cells, one);
  const where = `Linux ${os.release()} ${os.arch()}, ${os.cpus().length} CPUs, ` +
    `Deno ${Deno.version.deno}, ${workerCount} Workers`;

  console.log(`${where}\n\n${table(header, rows)}\n`);
  for (const { claim, verdict, figures } of claims) {
    console.log(`${verdict}: ${claim}\n  ${figures}`);
  }
  await fillPage("docs/exclusive.md", findings({ where, rows, claims }));
}

if (import.meta.main) {
  readCommandLine(usage, {});
  await main();
}
