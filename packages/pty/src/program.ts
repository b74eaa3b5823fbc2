/**
 * Starting a program as execvp(3) does in the child. posix_spawnp(3) would look in this process's
 * own PATH, and would not run a script without `#!`.
 */

import {
  close,
  O_PATH,
  open,
  spawn,
  type SpawnedProcess,
  type SpawnOptions,
} from "@fdready/fdready/os";
import { hasCode } from "./errors.ts";

/** A program to start in a terminal. */
export interface Program {
  /** The path, or a name that is looked up in PATH. */
  readonly file: string;
  /** The arguments. */
  readonly args: readonly string[];
  /** The environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The directory to start in. */
  readonly cwd: string;
  /** The terminal's descriptor. */
  readonly terminal: number;
}

const shell = "/bin/sh";

/** The directories that are searched without PATH. */
const defaultPath = "/bin:/usr/bin";

/** The system's limits, which say nothing about the program. */
const limits = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];

/**
 * Starts `program`. If it can't be run, its terminal shows why, and another process ends with the
 * exit code 1 in its place: programs that use `node-pty` expect that.
 */
export function startProgram(program: Program): SpawnedProcess {
  try {
    return search(program);
  } catch (error) {
    if (!(error instanceof Error) || hasCode(error, ...limits)) throw error;
    if (!("code" in error)) throw error;
    return startFailure(program, error as Error & { code: string; path?: string });
  }
}

/** Tries each directory of PATH, as execvp(3) does. */
function search(program: Program): SpawnedProcess {
  const { file, env } = program;
  if (file.includes("/")) return run(file, program);
  let last: unknown;
  let denied: unknown;
  for (const directory of (env.PATH ?? defaultPath).split(":")) {
    const path = `${directory === "" ? "." : directory}/${file}`;
    try {
      checkExists(path.startsWith("/") ? path : `${program.cwd}/${path}`);
      return run(path, program);
    } catch (error) {
      if (!hasCode(error, "EACCES", "ENOENT", "ENOTDIR", "ESTALE", "ENODEV", "ETIMEDOUT")) {
        throw error;
      }
      // The directory to start in is wrong for all of them.
      if (error.path === program.cwd) throw error;
      if (error.code === "EACCES") denied ??= error;
      last = error;
    }
  }
  throw denied ?? last;
}

/**
 * Throws unless there is such a file. That takes much less time than a process that can't run it.
 */
function checkExists(path: string): void {
  close(open(path, O_PATH));
}

function run(path: string, { file, args, env, cwd, terminal }: Program): SpawnedProcess {
  const options: SpawnOptions = { env, cwd, terminal };
  try {
    return spawn(path, { ...options, argv0: file, args });
  } catch (error) {
    if (!hasCode(error, "ENOEXEC")) throw error;
    return spawn(shell, { ...options, args: [path, ...args] });
  }
}

/** The process that shows why the program could not be started. */
function startFailure(
  { cwd, terminal }: Program,
  error: Error & { code: string; path?: string },
): SpawnedProcess {
  const call = error.path === cwd ? "chdir(2)" : "execvp(3)";
  const [, reason = error.code] = /failed: \w+ \(-?\d+\): ([^.]*)/.exec(error.message) ?? [];
  const script = 'printf "%s failed.: %s\\n" "$1" "$2" >&2; exit 1';
  try {
    return spawn(shell, { args: ["-c", script, "sh", call, reason], env: {}, terminal });
  } catch (other) {
    // Without a shell there is nothing to show it with.
    throw hasCode(other, ...limits) ? other : error;
  }
}
