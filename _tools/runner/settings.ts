/** The command line of `deno task test`, which other tasks use too. */

import { statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { misuse, readCommandLine, readInteger } from "../../examples/support/command_line.ts";
import { packages } from "../../tests/support/packages.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { testedDrivers } from "../../tests/support/driver_names.ts";
import type { RunOptions } from "./run_file.ts";
import { findProgram, forEachRuntime, runtimeNames, testRuntimes } from "./runtimes.ts";

export const usage = `
deno task test [options] [files or folders...]

Runs the suite on each runtime, and adds up the results.

  --runtime name            run it on this runtime only: ${runtimeNames.join(" or ")}
  --filter text             run the outermost suites whose names contain the text
  --driver name             test this driver only: ${testedDrivers.join(" or ")}
  --timeout seconds         limit the time of a file; the default is 900
  --program runtime=path    test this program instead of the one on the PATH; can be repeated
  --jobs number             how many files to run at a time; the default is one for each CPU, up to 4
  --skip file=reason        skip a file, unless files are named; can be repeated
  --results                 write the figures that tests record to tests/results
  --verbose                 show the output of files that pass, too
`;

export interface Settings extends Omit<RunOptions, "compileCache"> {
  readonly runtimes: readonly RuntimeName[];
  readonly files: readonly string[];
  /** How many files run at a time. */
  readonly jobs: number;
  /** Why files are skipped, by their names. */
  readonly skip: ReadonlyMap<string, string>;
  readonly verbose: boolean;
}

export async function readSettings(usage: string, args: readonly string[]): Promise<Settings> {
  const { values, positionals } = readCommandLine(usage, {
    runtime: { type: "string" },
    filter: { type: "string" },
    driver: { type: "string" },
    timeout: { type: "string", default: "900" },
    program: { type: "string", multiple: true, default: [] },
    jobs: { type: "string" },
    skip: { type: "string", multiple: true, default: [] },
    results: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  }, { args, most: Infinity });
  const { runtime, filter, driver, verbose } = values;
  const root = resolve(import.meta.dirname ?? ".", "../..");
  const folders = ["tests", "_tools/tests", ...packages.map((folder) => `${folder}/tests`)];
  const all = (await Promise.all(folders.map((folder) => Array.fromAsync(testFiles(root, folder)))))
    .flatMap((files) => files.sort());
  return {
    root,
    filter,
    driver: driver === undefined ? undefined : readChoice("--driver", driver, testedDrivers),
    results: values.results ? `${root}/tests/results` : undefined,
    verbose,
    jobs: values.jobs === undefined
      ? defaultJobs(values.results)
      : readInteger("--jobs", values.jobs, 1),
    skip: new Map(positionals.length > 0 ? [] : values.skip.map((skip) => readSkip(skip, all))),
    programs: {
      ...forEachRuntime((name) => findProgram(testRuntimes[name].command)),
      // The runtime of this program.
      deno: Deno.execPath(),
      ...Object.fromEntries(values.program.map(readProgram)),
    },
    timeout: readTimeout(values.timeout),
    runtimes: runtime === undefined
      ? runtimeNames
      : [readChoice("--runtime", runtime, runtimeNames)],
    files: positionals.length > 0 ? await readFiles(positionals, root) : all,
  };
}

/** Figures are recorded one file at a time, so that no other load affects them. */
function defaultJobs(results: boolean): number {
  return results ? 1 : Math.min(navigator.hardwareConcurrency, 4);
}

function readChoice<T extends string>(option: string, value: string, choices: readonly T[]): T {
  return choices.find((choice) => choice === value) ??
    misuse(`${option} takes ${choices.join(" or ")}, not "${value}"`);
}

function readProgram(value: string): [runtime: RuntimeName, program: string] {
  const [runtime = "", ...program] = value.split("=");
  return [readChoice("--program", runtime, runtimeNames), program.join("=")];
}

function readTimeout(value: string): number {
  const seconds = Number(value);
  return seconds > 0 ? seconds : misuse(`--timeout takes a number of seconds, not "${value}"`);
}

function readSkip(value: string, files: readonly string[]): [file: string, reason: string] {
  const [file = "", ...reason] = value.split("=");
  if (files.includes(file) && reason.length > 0) return [file, reason.join("=")];
  return misuse(`--skip takes a test file, "=" and a reason, not "${value}"`);
}

/** Returns the named files, and the test files of the named folders. */
async function readFiles(paths: readonly string[], root: string): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false }) ?? misuse(`there is no ${path}`);
    const name = relative(root, resolve(path));
    const found = stat.isDirectory() ? await Array.fromAsync(testFiles(root, name)) : [name];
    if (found.length === 0) misuse(`there is no test file in ${path}`);
    files.push(...found.sort());
  }
  return files;
}

async function* testFiles(root: string, folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${root}/${folder}`)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* testFiles(root, path);
    else if (entry.name.endsWith(".test.ts")) yield path;
  }
}
