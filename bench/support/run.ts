/** Runs a program and takes what it prints. */

import { basename } from "node:path";

const decoder = new TextDecoder();

/** Longer than anything takes that works. */
const timeoutSeconds = 120;

/** A program failed. The message goes into results, so no path is part of it. */
export class ProgramError extends Error {
  /** What the program said. */
  readonly output: string;

  constructor(command: readonly string[], ending: string, output: string) {
    super(`${command.map((part) => basename(part)).join(" ")} ${ending}`);
    this.output = output;
  }
}

/** Where a program runs, and what it finds in its environment besides. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Runs `command` to its end. Throws, with what it said, if it fails or takes too long. */
export async function run(
  command: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const [program, ...args] = command;
  const child = new Deno.Command(program!, {
    ...options,
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, timeoutSeconds * 1000);
  const { success, code, signal, stdout, stderr } = await child.output();
  clearTimeout(timer);
  if (success) return decoder.decode(stdout).trim();
  const ending = timedOut ? `took more than ${timeoutSeconds} s` : `ended with ${signal ?? code}`;
  throw new ProgramError(command, ending, decoder.decode(stderr).trim());
}

/** What `command` prints, or undefined if it fails or there is no such program. */
export async function tryRun(...command: string[]): Promise<string | undefined> {
  try {
    return await run(command);
  } catch {
    return undefined;
  }
}
