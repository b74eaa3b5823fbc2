/** The command line of `deno task test`, which other tasks hand on. */

import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { misuse, readCommandLine } from "../../examples/support/command_line.ts";
import { packages } from "../../tests/support/packages.ts";
import type { RunOptions, Runtime } from "./run_file.ts";

export const usage = `
deno task test [options] [files...]

Runs the suite under Deno and then under Bun, and adds up the results.

  --runtime deno|bun               run it under this one only
  --filter text                    run the outermost suites whose names contain the text
  --driver uring|thread|manual     test this driver only
  --timeout seconds                how long a file may take, 300 by default
  --deno program, --bun program    test these versions of the runtimes
  --at-once                        run both runtimes at the same time
  --skip file=reason               leave a file out, unless files are named; can be repeated
  --results                        write what tests have counted to tests/results
  --verbose                        show the output of files that pass, too
`;

const runtimes: readonly Runtime[] = ["deno", "bun"];

const drivers = ["uring", "thread", "manual"];

export interface Settings extends RunOptions {
  readonly runtimes: readonly Runtime[];
  readonly files: readonly string[];
  readonly atOnce: boolean;
  /** Why files are left out, by their names. */
  readonly skip: ReadonlyMap<string, string>;
  readonly verbose: boolean;
}

export async function readSettings(usage: string, args: readonly string[]): Promise<Settings> {
  const { values, positionals } = readCommandLine(usage, {
    runtime: { type: "string" },
    filter: { type: "string" },
    driver: { type: "string" },
    timeout: { type: "string", default: "300" },
    deno: { type: "string", default: Deno.execPath() },
    bun: { type: "string", default: "bun" },
    "at-once": { type: "boolean", default: false },
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
    driver: driver === undefined ? undefined : readChoice("--driver", driver, drivers),
    results: values.results ? `${root}/tests/results` : undefined,
    verbose,
    atOnce: values["at-once"],
    skip: new Map(positionals.length > 0 ? [] : values.skip.map((skip) => readSkip(skip, all))),
    programs: { deno: values.deno, bun: values.bun },
    timeout: readTimeout(values.timeout),
    runtimes: runtime === undefined ? runtimes : [readChoice("--runtime", runtime, runtimes)],
    files: positionals.length > 0 ? positionals.map((file) => readFile(file, root)) : all,
  };
}

function readChoice<T extends string>(option: string, value: string, choices: readonly T[]): T {
  return choices.find((choice) => choice === value) ??
    misuse(`${option} takes ${choices.join(" or ")}, not "${value}"`);
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

function readFile(file: string, root: string): string {
  return existsSync(file) ? relative(root, resolve(file)) : misuse(`there is no ${file}`);
}

async function* testFiles(root: string, folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(`${root}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* testFiles(root, path);
    else if (entry.name.endsWith(".test.ts")) yield path;
  }
}
