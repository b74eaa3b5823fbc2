/**
 * Compares `@fdready/unix-dgram` with npm's unix-dgram on Node. Installs npm's package in a
 * temporary folder, with the first Node on the PATH that isn't in node_modules. Prints a table, and
 * puts it into the package's README.
 */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fillPage } from "../_tools/figures/fill_page.ts";
import { describeHost } from "../_tools/figures/host.ts";
import { markdownTable, table } from "../_tools/figures/table.ts";
import { readCommandLine, readInteger } from "../examples/support/command_line.ts";
import { describeMachine } from "./support/machine.ts";
import { run } from "./support/run.ts";
import { median, rounded } from "./support/statistics.ts";

const usage = `
deno task bench:unix-dgram [--rounds number]

Compares @fdready/unix-dgram with npm's unix-dgram on Node: the time for 100,000 datagrams of 64
bytes between two processes, and the CPU time of both. Prints the table, and puts it into the
package's README.

  --rounds number   how often to measure each, for the median; the default is 5
`;

const here = import.meta.dirname!;
/** Node resolves the workspace's packages with this. */
const nodeFlags = [
  "--disable-warning=ExperimentalWarning",
  `--import=${here}/../_tools/node/resolve.ts`,
];
const count = 100_000;
const rowNames = [
  "100,000 datagrams of 64 bytes",
  "CPU time of the sender",
  "CPU time of the receiver",
];

async function main(): Promise<void> {
  const { values } = readCommandLine(usage, { rounds: { type: "string", default: "5" } });
  const rounds = readInteger("--rounds", values.rounds, 1);
  const folder = mkdtempSync(join(tmpdir(), "fdready-unix-dgram-"));
  try {
    const peers = await findPeers(folder);
    const results = new Map(Object.keys(peers).map((name): [string, number[][]] => [name, []]));
    // Each round measures all, because the machine's speed varies.
    for (let round = 0; round < rounds; round++) {
      for (const [name, command] of Object.entries(peers)) {
        results.get(name)!.push(await measure(command, join(folder, `${name}${round}`)));
      }
    }
    const rows = rowNames.map((name, index) => [
      name,
      ...[...results.values()].map((figures) =>
        `${rounded(median(figures.map((figure) => figure[index]!)))} ms`
      ),
    ]);
    const where = `Medians of ${rounds} runs on ${describeHost(await describeMachine())}. ` +
      "Less is better.";
    const header = ["", ...results.keys()];
    console.log(`${where}\n\n${table(header, rows)}`);
    const figures = `${markdownTable(header, rows)}\n\n${where}`;
    await fillPage("packages/unix-dgram/README.md", { figures });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The command of each contender, without the role. */
async function findPeers(folder: string): Promise<Record<string, string[]>> {
  const peer = `${here}/unix_dgram/peer.mjs`;
  const module = `${here}/../packages/unix-dgram/mod.ts`;
  const peers: Record<string, string[]> = {
    "fdready, Deno": [Deno.execPath(), "run", "--no-check", "-A", peer, module],
    "fdready, Bun": ["bun", peer, module],
    "fdready, Node": ["node", ...nodeFlags, peer, module],
  };
  const node = Deno.env.get("PATH")!.split(delimiter).map((path) => join(path, "node"))
    .find((path) => !path.includes("node_modules") && existsSync(path));
  if (node === undefined) return peers;
  try {
    const path = `${dirname(node)}${delimiter}${Deno.env.get("PATH")}`;
    const options = ["--silent", "--prefix", folder];
    await run(["env", `PATH=${path}`, "npm", "install", ...options, "unix-dgram@2"]);
    peers["unix-dgram, Node"] = [
      node,
      peer,
      join(folder, "node_modules/unix-dgram/lib/unix_dgram.js"),
    ];
  } catch (error) {
    console.error(`npm's unix-dgram can't be installed: ${error}`);
  }
  return peers;
}

/** The time, and the CPU times of the sender and the receiver, in ms. */
async function measure(command: string[], path: string): Promise<number[]> {
  const [program, ...args] = command;
  const receiver = new Deno.Command(program!, {
    args: [...args, "receiver", path, `${count}`],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = receiver.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    await lines.read(); // "bound"
    const senderTime = Number(await run([...command, "sender", path, `${count}`]));
    const { value = "" } = await lines.read();
    const [elapsed, receiverTime] = value.trim().split(" ").map(Number);
    return [elapsed!, senderTime, receiverTime!];
  } finally {
    await lines.cancel();
    try {
      receiver.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await receiver.status;
  }
}

await main();
