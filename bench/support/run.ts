/** Runs a program and reads its output. */

import { basename } from "node:path";

const decoder = new TextDecoder();

/** Longer than any program that works. */
const timeoutSeconds = 120;

/** A program failed. The message goes into the results, so it has no path. */
export class ProgramError extends Error {
  /** The output of the program. */
  readonly output: string;

  constructor(command: readonly string[], ending: string, output: string) {
    super(`${command.map((part) => basename(part)).join(" ")} ${ending}`);
    this.output = output;
  }
}

/** The folder for a program, and additional environment variables. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Runs `command`. Throws with its output if it fails or takes too long. */
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

/** The output of `command`, or undefined if it fails or doesn't exist. */
export async function tryRun(...command: string[]): Promise<string | undefined> {
  try {
    return await run(command);
  } catch {
    return undefined;
  }
}
