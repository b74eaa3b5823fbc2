/** Runs the suite on each runtime, and adds up the results. */

import type { RuntimeName } from "../src/runtime/runtime.ts";
import { add, format, none, type Totals } from "./runner/junit.ts";
import { type FileResult, runFile } from "./runner/run_file.ts";
import { readSettings, type Settings, usage } from "./runner/settings.ts";
import { Skips } from "./runner/skips.ts";

async function main(): Promise<number> {
  const settings = await readSettings(usage, Deno.args);
  const skips = new Skips();
  const running: Promise<[RuntimeName, Totals]>[] = [];
  for (const runtime of settings.runtimes) {
    const result = runRuntime(runtime, settings, skips);
    running.push(result.then((totals) => [runtime, totals]));
    if (!settings.atOnce) await result;
  }
  const results = await Promise.all(running);
  const skipped = skips.lines();
  if (skipped.length > 0) console.log(`\n${skipped.join("\n")}`);
  console.log();
  for (const [runtime, totals] of results) console.log(`${runtime.padEnd(5)} ${format(totals)}`);
  const sum = results.map(([, totals]) => totals).reduce(add, none());
  if (sum.passed + sum.failed === 0) console.log("No test ran.");
  console.log(format(sum));
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

async function runRuntime(runtime: RuntimeName, settings: Settings, skips: Skips): Promise<Totals> {
  const version = await versionOf(settings.programs[runtime]);
  if (!version) {
    console.log(`${runtime} was not found on PATH: its part of the suite counts as failed.`);
    return { ...none(), failed: 1 };
  }
  console.log(`\n${runtime} ${version}`);
  let totals = none();
  const label = settings.atOnce ? `${runtime.padEnd(5)} ` : "";
  for (const file of settings.files) {
    const reason = settings.skip.get(file);
    if (reason !== undefined) {
      skips.add(`${file}: ${reason}`, runtime);
      continue;
    }
    const result = await runFile(runtime, file, settings);
    show(label + file, result, settings.verbose);
    skips.collect(result.output, runtime);
    totals = add(totals, result.totals);
  }
  return totals;
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

function show(file: string, { totals, output, seconds, problem }: FileResult, verbose: boolean) {
  if (verbose || totals.failed > 0) console.log(output.trimEnd());
  const mark = totals.failed > 0 ? "FAIL" : "ok  ";
  const reason = problem === undefined ? "" : ` (${problem})`;
  console.log(`${mark} ${file}: ${format(totals)}${reason}, ${seconds.toFixed(1)} s`);
}

Deno.exit(await main());
