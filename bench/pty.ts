/**
 * Compares terminals with `@fdready/pty`, with `node-pty` on Node and Deno, with `bun-pty` and with
 * `Bun.Terminal`. Installs the other packages in a temporary folder. Prints a table, and puts it
 * and a chart into the package's README.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCommandLine, readInteger } from "../examples/support/command_line.ts";
import { picture } from "../_tools/figures/chart.ts";
import { fillPage } from "../_tools/figures/fill_page.ts";
import { describeHost } from "../_tools/figures/host.ts";
import { markdownTable, table } from "../_tools/figures/table.ts";
import { findProgram, testRuntimes } from "../_tools/runner/runtimes.ts";
import type { RuntimeName } from "../src/runtime/runtime.ts";
import { describeMachine } from "./support/machine.ts";
import { medianOf } from "./support/rounds.ts";
import { run } from "./support/run.ts";
import { rounded } from "./support/statistics.ts";
import type { Outcome, Workload } from "./support/workload.ts";

const usage = `
deno task bench:pty [--rounds number]

Compares terminals with @fdready/pty, with node-pty, bun-pty and Bun.Terminal: the echo of a key, much
output, the start of a program, and the CPU time of 10 idle terminals. Prints the table, and puts it and
a chart into the package's README.

  --rounds number   how often to measure each, for the median; the default is 3
`;

const here = import.meta.dirname!;
const folder = "packages/pty";

const echo = { name: "echo", title: "echo of a key, median", unit: "µs" };
const quiet = { name: "quiet", title: "echo after 10 ms, median", unit: "µs" };
const output = { name: "output", title: "seq 1 5000000", unit: "ms" };

const metrics: Workload["metrics"] = [
  echo,
  { name: "echoP99", title: "99th percentile", unit: "µs" },
  { name: "echoCpu", title: "CPU time for it", unit: "µs" },
  quiet,
  { name: "quietP99", title: "99th percentile", unit: "µs" },
  { name: "quietCpu", title: "CPU time for it", unit: "µs" },
  output,
  { name: "spawn", title: "start and end of /bin/true", unit: "ms" },
  { name: "idle", title: "CPU time in 3 s, 10 idle terminals", unit: "ms" },
];

/** The metrics of the chart. */
const pictured: Workload["metrics"] = [echo, quiet, output];

interface Host {
  readonly label: string;
  readonly ours: boolean;
  readonly command: readonly string[];
}

async function main(): Promise<void> {
  const { values } = readCommandLine(usage, { rounds: { type: "string", default: "3" } });
  const rounds = readInteger("--rounds", values.rounds, 1);
  const modules = mkdtempSync(join(tmpdir(), "fdready-pty-"));
  try {
    const others = ["@lydell/node-pty@1.1.0", "bun-pty@0.4.11"];
    await run(["npm", "install", "--silent", "--prefix", modules, ...others]);
    const outcomes = await measure(findHosts(`${modules}/node_modules`), rounds);
    const load = Math.round(Deno.loadavg()[1] ?? 0);
    const where = `Medians of ${rounds} runs on ${describeHost(await describeMachine())}, with a ` +
      `load average of ${load}. Less is better.`;
    const measured = outcomes.filter(({ state }) => state === "measured");
    const header = ["", ...measured.map(({ label }) => label)];
    const rows = metrics.map(({ name, title, unit }) => [
      title,
      ...measured.map((outcome) => `${rounded(medianOf(outcome, name)!)} ${unit}`),
    ]);
    console.log(`${where}\n\n${table(header, rows)}`);
    await fillPage(`${folder}/README.md`, {
      figures: `${markdownTable(header, rows)}\n\n${where}`,
    });
    const title = "Terminals: the echo of a key, and much output";
    const workload = { name: "terminals", title, metrics: pictured, pictured: pictured.length };
    await Deno.writeTextFile(
      `${here}/../${folder}/figures.svg`,
      await picture({ ...workload, contenders: [], limits: [], notes: [] }, outcomes),
    );
  } finally {
    rmSync(modules, { recursive: true });
  }
}

/** The contenders. */
function findHosts(modules: string): Host[] {
  const host = `${here}/pty/host.mjs`;
  const on = (name: RuntimeName, label: string, ours: boolean, args: readonly string[]): Host => {
    const { command, programArguments } = testRuntimes[name];
    return { label, ours, command: [findProgram(command), ...programArguments(host), ...args] };
  };
  const own = ["pty", `${here}/../${folder}/mod.ts`];
  const native = ["pty", `${modules}/@lydell/node-pty/index.js`];
  return [
    on("deno", "fdready, Deno", true, own),
    on("bun", "fdready, Bun", true, own),
    on("node", "fdready, Node", true, own),
    on("node", "node-pty, Node", false, native),
    on("deno", "node-pty, Deno", false, native),
    on("bun", "bun-pty, Bun", false, ["pty", `${modules}/bun-pty/src/index.ts`]),
    on("bun", "Bun.Terminal", false, ["bunTerminal"]),
  ];
}

/** Runs all hosts `rounds` times, interleaved. */
async function measure(hosts: readonly Host[], rounds: number): Promise<Outcome[]> {
  const figures = hosts.map((): Record<string, number>[] => []);
  const failures = new Map<Host, string>();
  for (let round = 1; round <= rounds; round++) {
    for (const [index, host] of hosts.entries()) {
      if (failures.has(host)) continue;
      try {
        const output = await run(host.command);
        figures[index]!.push(JSON.parse(output.split("\n").at(-1)!));
        console.log(`round ${round} of ${rounds}, ${host.label}: ${output}`);
      } catch (error) {
        console.log(`${host.label} failed: ${error}`);
        failures.set(host, String(error));
      }
    }
  }
  return hosts.map((host, index) => {
    const { label, ours } = host;
    const why = failures.get(host);
    return why === undefined
      ? { peer: label, label, ours, state: "measured", rounds: figures[index]! }
      : { peer: label, label, ours, state: "failed", why };
  });
}

await main();
