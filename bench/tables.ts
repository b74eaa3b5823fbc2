/** Writes the tables of README.md and docs/benchmarks.md anew, from what bench/results has. */

import { readCommandLine } from "../examples/support/command_line.ts";
import { readResults } from "./support/published.ts";
import { limitTable, summaryTable } from "./support/published_tables.ts";

const usage = `
deno task bench:tables [--check]

Writes the tables of README.md and docs/benchmarks.md anew, from what bench/results has.

  --check    write nothing, and fail if a table isn't what would be written
`;

const root = new URL("..", import.meta.url);

/** Puts `table` between the comments that mark the place called `name`. */
function filled(page: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name} -->\n).*?(<!-- end of ${name} -->)`, "s");
  if (!place.test(page)) throw new Error(`There is no place for ${name}`);
  return page.replace(place, (_, start, end) => `${start}\n${table}\n\n${end}`);
}

/** As `deno fmt` would have it. */
async function formatted(page: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=md", "-"],
    cwd: root,
    stdin: "piped",
    stdout: "piped",
  });
  const child = command.spawn();
  const [{ success, stdout }] = await Promise.all([
    child.output(),
    ReadableStream.from([new TextEncoder().encode(page)]).pipeTo(child.stdin),
  ]);
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}

async function main(check: boolean): Promise<number> {
  const results = await readResults(new URL("results/", import.meta.url));
  const places = [
    { path: "README.md", name: "figures", table: summaryTable(results) },
    { path: "docs/benchmarks.md", name: "limits", table: limitTable(results) },
  ];
  let stale = 0;
  for (const { path, name, table } of places) {
    const url = new URL(path, root);
    const old = await Deno.readTextFile(url);
    const page = await formatted(filled(old, name, table));
    if (page === old) continue;
    stale++;
    if (check) console.log(`${path} isn't up to date: run deno task bench:tables`);
    else await Deno.writeTextFile(url, page);
  }
  return check && stale > 0 ? 1 : 0;
}

const { values } = readCommandLine(usage, { check: { type: "boolean", default: false } });
Deno.exitCode = await main(values.check);
