/** Regenerates the tables in docs/ from bench/results and tests/results. */

import { readCommandLine } from "../../examples/support/command_line.ts";
import { fillPage } from "./fill_page.ts";
import { readResults } from "./read_results.ts";
import { summaryTable, workloadSection } from "./result_tables.ts";
import { reasons } from "./explanations.ts";
import { performanceChart } from "./performance_chart.ts";
import { readRecords, reliabilityTable } from "./reliability_tables.ts";
import { limitTable } from "./limit_table.ts";

const usage = `
deno task bench:tables [--check]

Regenerates the tables in docs/benchmarks.md, docs/reliability.md and bench/README.md, and the chart
docs/performance.svg, from bench/results and tests/results.

  --check    write nothing, and fail if a table is out of date
`;

async function main(check: boolean): Promise<number> {
  const results = await readResults(new URL("../../bench/results/", import.meta.url));
  const records = readRecords(new URL("../../tests/results/", import.meta.url));
  const byName = [...results.values()].toSorted((a, b) => a.workload < b.workload ? -1 : 1);
  const limits = byName.flatMap((published) => published.limits);
  const tables = byName.map((published) => [published.workload, workloadSection(published)]);
  const pages = {
    "docs/benchmarks.md": { summary: summaryTable(results), ...Object.fromEntries(tables) },
    "bench/README.md": { limits: limitTable(limits, reasons) },
    "docs/reliability.md": { trials: reliabilityTable(records) },
  };
  let stale = 0;
  for (const [path, places] of Object.entries(pages)) {
    if (!await fillPage(path, places, check)) continue;
    stale++;
    if (check) console.log(`${path} isn't up to date: run deno task bench:tables`);
  }
  const chart = new URL("../../docs/performance.svg", import.meta.url);
  const svg = await performanceChart(results);
  if (await Deno.readTextFile(chart).catch(() => "") !== svg) {
    stale++;
    if (check) console.log("docs/performance.svg isn't up to date: run deno task bench:tables");
    else await Deno.writeTextFile(chart, svg);
  }
  return check && stale > 0 ? 1 : 0;
}

const { values } = readCommandLine(usage, { check: { type: "boolean", default: false } });
Deno.exitCode = await main(values.check);
