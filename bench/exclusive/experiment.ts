/** How EPOLLEXCLUSIVE behaves when threads share a listening socket. */

import { writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { readCommandLine } from "../../examples/support/command_line.ts";
import { table } from "../support/table.ts";
import { header, measureCells, row } from "./cells.ts";
import { verdicts } from "./claims.ts";
import { workerCount } from "./crew.ts";
import { document } from "./document.ts";
import { acceptingOne } from "./patterns.ts";

const usage = `
deno task experiment:exclusive

Measures how EPOLLEXCLUSIVE behaves when threads share a listening socket, prints the table and
writes docs/exclusive.md.
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
  const file = fileURLToPath(new URL("../../docs/exclusive.md", import.meta.url));
  writeFileSync(file, document({ where, header, rows, claims }));
  const { success } = await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file] })
    .output();
  if (!success) throw new Error("deno fmt refuses docs/exclusive.md");
}

if (import.meta.main) {
  readCommandLine(usage, {});
  await main();
}
