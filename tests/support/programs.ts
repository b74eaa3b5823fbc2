/** Running the programs of `tests/programs` in processes of their own. */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The runtime that this is. */
export const runtime: "deno" | "bun" = process.versions.bun === undefined ? "deno" : "bun";

/** How a program ended, and what it said. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** Deno's permission flags; all permissions unless told. */
  readonly permissions?: readonly string[];
  /** The folder it runs in; this process's own unless told. */
  readonly folder?: string;
  /** The descriptor that is its standard input; none unless told. */
  readonly stdin?: number;
  /** For how long it may run, in ms; a minute unless told. */
  readonly limit?: number;
  /** What it has in its environment besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command that starts it, such as `["unshare", "--net"]`. */
  readonly under?: readonly string[];
}

/** For how long a program may run, in ms, before it counts as hung and is killed. */
const limit = 60_000;

/** Starts a program under the runtime that the tests run under. */
export function start(name: string, options: ProgramOptions = {}): ChildProcess {
  const { args = [], permissions = ["-A"], folder, stdin = "ignore", env, under = [] } = options;
  const file = fileURLToPath(new URL(`../programs/${name}.ts`, import.meta.url));
  const flags = runtime === "deno" ? ["--no-prompt", "--no-check", "--quiet", ...permissions] : [];
  const [command, ...rest] = [...under, process.execPath, "run", ...flags, file, ...args];
  return spawn(command!, rest, {
    stdio: [stdin, "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
    cwd: folder,
    timeout: options.limit ?? limit,
    killSignal: "SIGKILL",
  });
}

/** Resolves when `child` has ended. */
export function outcome(child: ChildProcess): Promise<Outcome> {
  let output = "";
  child.stdout?.on("data", (data) => output += data);
  child.stderr?.on("data", (data) => output += data);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, output }));
  });
}

/** Runs a program to its end. */
export function run(name: string, options: ProgramOptions = {}): Promise<Outcome> {
  return outcome(start(name, options));
}

/** Resolves when `child` has printed `text`. */
export async function printed(child: ChildProcess, text: string): Promise<void> {
  await matching(child, new RegExp(RegExp.escape(text)));
}

/** Resolves to what matched when `child` has printed something that does. */
export function matching(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let output = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (data) => {
      output += data;
      const match = pattern.exec(output);
      if (match) resolve(match);
    });
    child.on("close", () => reject(new Error(`It ended without printing ${pattern}: ${output}`)));
  });
}
