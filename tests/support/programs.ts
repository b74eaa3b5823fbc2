/** Running the programs of `tests/programs`, each in its own process. */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type ProgramFlags, runtimeNames, testRuntimes } from "../../_tools/runner/runtimes.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";

/** The current runtime. */
export const runtime: RuntimeName = runtimeNames.find((name) =>
  process.versions[name] !== undefined
)!;

/** The command that runs the program `file` on this runtime. Arguments of the program follow. */
export function commandFor(file: string, flags?: ProgramFlags): [string, ...string[]] {
  return [process.execPath, ...testRuntimes[runtime].programArguments(file, flags)];
}

/** How a program ended, and its output. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

export interface ProgramOptions extends ProgramFlags {
  readonly args?: readonly string[];
  /** The folder that it runs in. The default is the current one. */
  readonly folder?: string;
  /** The descriptor that is its standard input. The default is none. */
  readonly stdin?: number;
  /** How long it may run before it is killed, in ms. The default is `longestRun`. */
  readonly limit?: number;
  /** Variables that are added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command that starts it, such as `["unshare", "--net"]`. */
  readonly under?: readonly string[];
}

/**
 * How long a program may run, in ms, before it is considered hung and killed. Beside other load, a
 * program may take ten times as long.
 */
export const longestRun = 600_000;

/** Starts the program `name` on this runtime. */
export function start(name: string, options: ProgramOptions = {}): ChildProcess {
  const { args = [], folder, stdin = "ignore", env, under = [] } = options;
  const file = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
  const [command, ...rest] = [...under, ...commandFor(file, options), ...args];
  return spawn(command!, rest, {
    stdio: [stdin, "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
    cwd: folder,
    timeout: options.limit ?? longestRun,
    killSignal: "SIGKILL",
  });
}

/** Resolves to the outcome when `child` ends. */
export function outcome(child: ChildProcess): Promise<Outcome> {
  let output = "";
  child.stdout?.on("data", (data) => output += data);
  child.stderr?.on("data", (data) => output += data);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, output }));
  });
}

/** Starts the program `name`, and resolves to its outcome when it ends. */
export function run(name: string, options: ProgramOptions = {}): Promise<Outcome> {
  return outcome(start(name, options));
}

/** Resolves when `child` has printed `text`. */
export async function printed(child: ChildProcess, text: string): Promise<void> {
  await matching(child, new RegExp(RegExp.escape(text)));
}

/** Resolves to the match when `child` has printed text that matches `pattern`. */
export function matching(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let output = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (data) => {
      output += data;
      const match = pattern.exec(output);
      if (match) resolve(match);
    });
    child.on(
      "close",
      () => reject(new Error(`The program ended without printing ${pattern}: ${output}`)),
    );
  });
}
