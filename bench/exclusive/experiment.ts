/** How EPOLLEXCLUSIVE behaves when threads share a listening socket. */

import { writeFileSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { readCommandLine } from "../../examples/support/command_line.ts";
import { table } from "../support/table.ts";
import { verdicts } from "./claims.ts";
import { type Counts, workerCount } from "./crew.ts";
import { acceptingOne, measure, type Pattern, patterns } from "./patterns.ts";
import { document } from "./document.ts";
import type { Registration } from "./shared.ts";

const usage = `
deno task experiment:exclusive

Measures how EPOLLEXCLUSIVE behaves when threads share a listening socket, prints the table and
writes docs/exclusive.md.
`;

/** One row of the table. */
export interface Cell {
  readonly pattern: Pattern;
  readonly registration: Registration;
  readonly edgeTriggered: boolean;
  readonly counts: Counts;
}

const header = [
  "connections come",
  "waiters",
  "trigger",
  "wakeups per connection",
  "found nothing",
  "context switches per connection",
  "connections of each Worker",
];

async function main(): Promise<void> {
  const cells: Cell[] = [];
  for (const pattern of Object.values(patterns)) {
    for (const registration of ["plain", "exclusive", "library"] as const) {
      if (registration === "library" && pattern.needsGate) continue;
      for (const edgeTriggered of [false, true]) {
        const counts = await measure(pattern, { registration, options: { edgeTriggered } });
        cells.push({ pattern, registration, edgeTriggered, counts });
      }
    }
  }
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

function row({ pattern, registration, edgeTriggered, counts }: Cell): string[] {
  return [
    pattern.name,
    { plain: "plain", exclusive: "EPOLLEXCLUSIVE", library: "ExclusiveWaiter" }[registration],
    edgeTriggered ? "edge" : "level",
    (counts.wakeups / pattern.total).toFixed(2),
    String(counts.empty),
    // Where calling the Workers away has been subtracted, a little less than nothing may be left.
    Math.max(counts.contextSwitches / pattern.total, 0).toFixed(2),
    counts.connections.join(" "),
  ];
}

if (import.meta.main) {
  readCommandLine(usage, {});
  await main();
}
