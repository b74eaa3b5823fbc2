/** Runs the suite on each runtime, and adds up the results. */

import type { RuntimeName } from "../src/runtime/runtime.ts";
import { TemporaryFolder } from "../tests/support/temporary_folder.ts";
import { add, format, none, type Totals } from "./runner/junit.ts";
import { type FileResult, runFile } from "./runner/run_file.ts";
import { testRuntimes } from "./runner/runtimes.ts";
import { exclusive } from "./runner/selections.ts";
import { readSettings, type Settings, usage } from "./runner/settings.ts";
import { Skips } from "./runner/skips.ts";

/** A file on a runtime. */
interface Run {
  readonly runtime: RuntimeName;
  readonly file: string;
}

async function main(): Promise<number> {
  const settings = await readSettings(usage, Deno.args);
  using cache = new TemporaryFolder();
  const skips = new Skips();
  const totals = new Map<RuntimeName, Totals>();
  const runs: Run[] = [];
  for (const runtime of settings.runtimes) {
    const version = await versionOf(settings.programs[runtime]);
    console.log(
      `${testRuntimes[runtime].title} ${version ?? "was not found: it counts as failed"}`,
    );
    totals.set(runtime, { ...none(), failed: version === undefined ? 1 : 0 });
    if (version !== undefined) runs.push(...findRuns(runtime, settings, skips));
  }
  const run = async ({ runtime, file }: Run): Promise<void> => {
    const result = await runFile(runtime, file, { ...settings, compileCache: cache.path });
    show(`${runtime.padEnd(4)} ${file}`, result, settings.verbose);
    skips.collect(result.output, runtime);
    totals.set(runtime, add(totals.get(runtime)!, result.totals));
  };
  console.log();
  await runAll(runs.filter(({ file }) => !(file in exclusive)), settings.jobs, run);
  await runAll(runs.filter(({ file }) => file in exclusive), 1, run);
  return report(totals, skips);
}

/** The files to run on `runtime`, without the skipped ones. */
function findRuns(runtime: RuntimeName, { files, skip }: Settings, skips: Skips): Run[] {
  for (const file of files) {
    const reason = skip.get(file);
    if (reason !== undefined) skips.add(`${file}: ${reason}`, runtime);
  }
  return files.filter((file) => !skip.has(file)).map((file) => ({ runtime, file }));
}

/** Calls `run` for each of `runs` in order, `jobs` at a time. */
async function runAll(
  runs: readonly Run[],
  jobs: number,
  run: (next: Run) => Promise<void>,
): Promise<void> {
  const queue = runs.values();
  const work = async () => {
    for (const next of queue) await run(next);
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

/** Prints the totals. Returns the exit code. */
function report(totals: ReadonlyMap<RuntimeName, Totals>, skips: Skips): number {
  const skipped = skips.lines();
  if (skipped.length > 0) console.log(`\n${skipped.join("\n")}`);
  console.log();
  for (const [runtime, total] of totals) console.log(`${runtime.padEnd(4)}  ${format(total)}`);
  const sum = [...totals.values()].reduce(add, none());
  if (sum.passed + sum.failed === 0) console.log("No test ran.");
  console.log(format(sum));
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

async function versionOf(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(program, { args: ["--version"] }).output();
    return /\d+\.\d+\.\d+/.exec(new TextDecoder().decode(stdout))?.[0];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function show(name: string, { totals, output, seconds, problem }: FileResult, verbose: boolean) {
  if (verbose || totals.failed > 0) console.log(output.trimEnd());
  const mark = totals.failed > 0 ? "FAIL" : "ok  ";
  const reason = problem === undefined ? "" : ` (${problem})`;
  console.log(`${mark} ${name}: ${format(totals)}${reason}, ${seconds.toFixed(1)} s`);
}

Deno.exit(await main());
