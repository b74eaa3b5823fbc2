/**
 * Compares serial ports by `@fdready/serialport`, by npm's `serialport` under Node, and by a read each
 * millisecond. npm's is installed in a temporary folder. Prints a table.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCommandLine, readInteger } from "../examples/support/command_line.ts";
import { describeMachine } from "./support/machine.ts";
import { run } from "./support/run.ts";
import { table } from "./support/table.ts";

const usage = `
deno task bench:serial [--rounds number]

Compares serial ports by @fdready/serialport, by npm's serialport under Node, and by a read each
millisecond: the time for a megabyte, for a line to and fro, and the CPU time of 10 idle ports.

  --rounds number   how often each is measured, for the median; 5 by default
`;

const here = import.meta.dirname!;

/** What is measured, in which unit, and with how many devices. */
const tasks = {
  stream: ["1 MB of lines", "ms", 1],
  echo: ["a line to and fro", "µs", 1],
  idle: ["CPU time, 10 idle ports, 5 s", "ms", 10],
  none: ["the same without any port", "ms", 0],
} as const;

type Task = keyof typeof tasks;

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
    for (const task of ["stream", "echo", "idle", "none"] as const) {
      const cells: string[] = [];
      for (const host of Object.values(hosts)) {
        cells.push(await measure(task, host, device, rounds));
      }
      rows.push([tasks[task][0], ...cells]);
    }
    const { cpu, cpus, kernel } = await describeMachine();
    console.log(`${cpu}, ${cpus} CPUs, ${kernel}\n`);
    console.log(table(["", ...Object.keys(hosts)], rows));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The command of each that takes part, but for the task. */
function findHosts(native: string): Record<string, string[]> {
  const ours = `${here}/../packages/serialport/mod.ts`;
  const deno = [Deno.execPath(), "run", "--no-check", "-A"];
  const host = `${here}/serial/host.mjs`;
  return {
    "fdready, Deno": [...deno, host, "stream", ours],
    "fdready, Bun": ["bun", host, "stream", ours],
    "serialport, Node": ["node", host, "stream", native],
    "1 ms poller, Node": ["node", host, "poller", "none"],
    "1 ms poller, Bun": ["bun", host, "poller", "none"],
  };
}

async function measure(
  task: Task,
  host: string[],
  device: string,
  rounds: number,
): Promise<string> {
  const [, unit, count] = tasks[task];
  const figures: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const devices = await Promise.all(Array.from({ length: count }, () => start(device)));
    try {
      figures.push(Number(await run([...host, task, ...devices.map(({ path }) => path)])));
    } finally {
      for (const { child } of devices) child.kill("SIGKILL");
      await Promise.all(devices.map(({ child }) => child.status));
    }
  }
  const median = figures.sort((one, other) => one - other)[figures.length >> 1]!;
  return `${median.toPrecision(3)} ${unit}`;
}

async function start(device: string): Promise<{ child: Deno.ChildProcess; path: string }> {
  const child = new Deno.Command(device, { stdin: "null", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return { child, path: new TextDecoder().decode(value).trim() };
}

await main();
