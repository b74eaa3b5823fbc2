/**
 * Runs the suite under Deno and then under Bun and adds up the results.
 *
 *     deno task test [--runtime deno|bun] [--filter text] [--driver name] [--timeout seconds]
 *                    [--deno program] [--bun program] [--at-once] [--skip file=reason]...
 *                    [--verbose] [files...]
 *
 * `--filter` selects the outermost suites whose names contain the text. `--driver` is handed to
 * the tests as `FDREADY_TEST_DRIVER`. `--timeout` is for each file, 300 seconds by default.
 * `--deno` and `--bun` name other versions of the runtimes to test with. `--at-once` runs both at the
 * same time. `--skip` leaves a file out, and says why, unless files are named.
 * `--verbose` also shows the output of files that pass.
 */
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { add, format, none, type Totals } from "./runner/junit.ts";
import { type FileResult, runFile, type RunOptions, type Runtime } from "./runner/run_file.ts";

const RUNTIMES: readonly Runtime[] = ["deno", "bun"];

interface Settings extends RunOptions {
  readonly runtimes: readonly Runtime[];
  readonly files: readonly string[];
  readonly atOnce: boolean;
  /** Why files are left out, by their names. */
  readonly skip: ReadonlyMap<string, string>;
  readonly verbose: boolean;
}

async function main(): Promise<number> {
  const settings = await readSettings();
  const running: Promise<[Runtime, Totals]>[] = [];
  for (const runtime of settings.runtimes) {
    const result = runRuntime(runtime, settings);
    running.push(result.then((totals) => [runtime, totals]));
    if (!settings.atOnce) await result;
  }
  const results = await Promise.all(running);
  console.log();
  for (const [runtime, totals] of results) console.log(`${runtime.padEnd(5)} ${format(totals)}`);
  const sum = results.map(([, totals]) => totals).reduce(add, none());
  if (sum.passed + sum.failed === 0) console.log("No test ran.");
  console.log(format(sum));
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

async function readSettings(): Promise<Settings> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runtime: { type: "string" },
      filter: { type: "string" },
      driver: { type: "string" },
      timeout: { type: "string", default: "300" },
      deno: { type: "string", default: Deno.execPath() },
      bun: { type: "string", default: "bun" },
      "at-once": { type: "boolean", default: false },
      skip: { type: "string", multiple: true, default: [] },
      verbose: { type: "boolean", default: false },
    },
  });
  const { runtime, filter, driver, verbose } = values;
  const root = resolve(import.meta.dirname ?? ".", "..");
  const all = (await Array.fromAsync(testFiles(root, "tests"))).sort();
  return {
    root,
    filter,
    driver,
    verbose,
    atOnce: values["at-once"],
    skip: new Map(positionals.length > 0 ? [] : values.skip.map((skip) => readSkip(skip, all))),
    programs: { deno: values.deno, bun: values.bun },
    timeout: readTimeout(values.timeout),
    runtimes: runtime === undefined ? RUNTIMES : [readRuntime(runtime)],
    files: positionals.length > 0 ? positionals.map((file) => relative(root, resolve(file))) : all,
  };
}

function readRuntime(value: string): Runtime {
  const runtime = RUNTIMES.find((name) => name === value);
  if (!runtime) throw new TypeError(`--runtime must be "deno" or "bun", not "${value}"`);
  return runtime;
}

function readTimeout(value: string): number {
  const seconds = Number(value);
  if (seconds > 0) return seconds;
  throw new TypeError(`--timeout must be a positive number of seconds, not "${value}"`);
}

function readSkip(value: string, files: readonly string[]): [file: string, reason: string] {
  const [file = "", ...reason] = value.split("=");
  if (files.includes(file) && reason.length > 0) return [file, reason.join("=")];
  throw new TypeError(`--skip must be a test file, "=" and a reason, not "${value}"`);
}

async function* testFiles(root: string, folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${root}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* testFiles(root, path);
    else if (entry.name.endsWith(".test.ts")) yield path;
  }
}

async function runRuntime(runtime: Runtime, settings: Settings): Promise<Totals> {
  const version = await versionOf(settings.programs[runtime]);
  if (!version) {
    console.log(`${runtime} was not found on PATH: its half of the suite counts as failed.`);
    return { ...none(), failed: 1 };
  }
  console.log(`\n${runtime} ${version}`);
  let totals = none();
  const label = settings.atOnce ? `${runtime.padEnd(5)} ` : "";
  for (const file of settings.files) {
    const reason = settings.skip.get(file);
    if (reason !== undefined) {
      console.log(`SKIPPED ${label}${file}: ${reason}`);
      continue;
    }
    const result = await runFile(runtime, file, settings);
    show(label + file, result, settings.verbose);
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
  else for (const [line] of output.matchAll(/^SKIPPED .*$/gm)) console.log(line);
  const mark = totals.failed > 0 ? "FAIL" : "ok  ";
  const reason = problem === undefined ? "" : ` (${problem})`;
  console.log(`${mark} ${file}: ${format(totals)}${reason}, ${seconds.toFixed(1)} s`);
}

Deno.exit(await main());
