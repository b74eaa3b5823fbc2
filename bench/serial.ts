/**
 * Compares serial ports with `@fdready/serialport`, with npm's `serialport` on Node, and with a
 * read every millisecond. Installs npm's package in a temporary folder. Prints a table, and puts it
 * into the package's README.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCommandLine, readInteger } from "../examples/support/command_line.ts";
import { describeMachine } from "./support/machine.ts";
import { fillPage } from "../_tools/figures/fill_page.ts";
import { describeHost } from "../_tools/figures/host.ts";
import { testRuntimes } from "../_tools/runner/runtimes.ts";
import { run } from "./support/run.ts";
import { median, rounded } from "./support/statistics.ts";
import { markdownTable, table } from "../_tools/figures/table.ts";

const usage = `
deno task bench:serial [--rounds number]

Compares serial ports with @fdready/serialport, with npm's serialport on Node, and with a read every
millisecond: the time for a line and its echo, for a megabyte, and the CPU time of 10 idle ports.
Prints the table, and puts it into the package's README.

  --rounds number   how often to measure each, for the median; the default is 5
`;

const here = import.meta.dirname!;

interface Task {
  readonly devices: number;
  readonly unit: string;
  /** The figures that the host prints, and their titles. */
  readonly figures: Readonly<Record<string, string>>;
}

const tasks: Readonly<Record<string, Task>> = {
  echo: {
    devices: 1,
    unit: "µs",
    figures: {
      p50: "a line of 50 bytes and its answer, median",
      p99: "99th percentile",
      cpu: "CPU time for it",
    },
  },
  stream: { devices: 1, unit: "ms", figures: { took: "1 MB of such lines" } },
  idle: { devices: 10, unit: "ms", figures: { cpu: "CPU time in 5 s, 10 idle ports open" } },
  none: { devices: 0, unit: "ms", figures: { cpu: "CPU time in 5 s without any port" } },
};

async function main(): Promise<void> {
  const { values } = readCommandLine(usage, { rounds: { type: "string", default: "5" } });
  const rounds = readInteger("--rounds", values.rounds, 1);
  const folder = mkdtempSync(join(tmpdir(), "fdready-serial-"));
  try {
    const device = join(folder, "device");
    await run(["cc", "-O2", "-Wall", "-Wextra", "-o", device, `${here}/serial/device.c`]);
    await run(["npm", "install", "--silent", "--prefix", folder, "serialport@13"]);
    const hosts = findHosts(join(folder, "node_modules/serialport/dist/index.js"));
    const rows: string[][] = [];
    for (const [name, task] of Object.entries(tasks)) {
      const measured: Record<string, string>[] = [];
      for (const host of Object.values(hosts)) {
        measured.push(await measure(task, [...host, name], device, rounds));
      }
      for (const [figure, title] of Object.entries(task.figures)) {
        rows.push([title, ...measured.map((figures) => figures[figure]!)]);
      }
    }
    const where = `Medians of ${rounds} runs on ${describeHost(await describeMachine())}, with ` +
      "pseudo-terminals for ports. Less is better.";
    const header = ["", ...Object.keys(hosts)];
    console.log(`${where}\n\n${table(header, rows)}`);
    const figures = `${markdownTable(header, rows)}\n\n${where}`;
    await fillPage("packages/serialport/README.md", { figures });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The command of each contender, without the task. */
function findHosts(native: string): Record<string, string[]> {
  const module = `${here}/../packages/serialport/mod.ts`;
  const deno = [Deno.execPath(), "run", "--no-check", "-A"];
  const host = `${here}/serial/host.mjs`;
  return {
    "fdready, Deno": [...deno, host, "stream", module],
    "fdready, Bun": ["bun", host, "stream", module],
    "fdready, Node": ["node", ...testRuntimes.node.programArguments(host), "stream", module],
    "serialport, Node": ["node", host, "stream", native],
    "1 ms poller, Node": ["node", host, "poller", "none"],
    "1 ms poller, Bun": ["bun", host, "poller", "none"],
  };
}

/** The median of each figure of `task`. */
async function measure(
  { devices: count, unit, figures }: Task,
  host: string[],
  device: string,
  rounds: number,
): Promise<Record<string, string>> {
  const outputs: Record<string, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    const devices = await Promise.all(Array.from({ length: count }, () => start(device)));
    try {
      outputs.push(JSON.parse(await run([...host, ...devices.map(({ path }) => path)])));
    } finally {
      for (const { child } of devices) child.kill("SIGKILL");
      await Promise.all(devices.map(({ child }) => child.status));
    }
  }
  return Object.fromEntries(
    Object.keys(figures).map((name) => {
      const value = median(outputs.map((output) => output[name]!));
      return [name, `${rounded(value)} ${unit}`];
    }),
  );
}

async function start(device: string): Promise<{ child: Deno.ChildProcess; path: string }> {
  const child = new Deno.Command(device, { stdin: "null", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { child, path: new TextDecoder().decode(value).trim() };
}

await main();
