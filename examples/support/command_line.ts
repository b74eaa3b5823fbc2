/** The command lines of the examples and of the repository's tasks. */

import process from "node:process";
import { parseArgs, type ParseArgsConfig } from "node:util";

/** Options, as for `parseArgs` from `node:util`. */
export type Options = NonNullable<ParseArgsConfig["options"]>;

/** The values of the options, and the other arguments. */
export type Given<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true }>
>;

export interface Limits {
  /** The least number of arguments besides options. The default is 0. */
  readonly least?: number;
  /** The greatest number of arguments besides options. The default is 0. */
  readonly most?: number;
  /** The arguments to read. The default is the program's own. */
  readonly args?: readonly string[];
}

/**
 * Reads a command line. If it requests help, prints `usage` and ends the process. If it is wrong,
 * prints the problem and ends the process with exit code 2.
 */
export function readCommandLine<const T extends Options>(
  usage: string,
  options: T,
  { least = 0, most = 0, args = process.argv.slice(2) }: Limits = {},
): Given<T> {
  // `deno task NAME -- ...` passes the dashes on.
  const given = args.slice(args[0] === "--" ? 1 : 0);
  if (asksForHelp(given)) {
    console.log(usage.trim());
    process.exit(0);
  }
  const parsed = parse(given, options);
  if (parsed.positionals.length < least) misuse("an argument is missing");
  if (parsed.positionals.length > most) misuse(`unexpected argument ${parsed.positionals[most]}`);
  return parsed;
}

/** Whether `--help` or `-h` is among the options in `args`. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--", 1);
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === "--help" || arg === "-h");
}

/** Returns `text` as a whole number from `least` to `greatest`. */
export function readInteger(
  what: string,
  text: string,
  least: number,
  greatest?: number,
): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= (greatest ?? number)) return number;
  const range = `from ${least}${greatest === undefined ? "" : ` to ${greatest}`}`;
  return misuse(`${what} must be a whole number ${range}, not "${text}"`);
}

/** Prints the problem, and ends the process with exit code 2. */
export function misuse(problem: string): never {
  console.error(`${problem}; --help shows how to use it`);
  process.exit(2);
}

function parse<T extends Options>(args: string[], options: T): Given<T> {
  try {
    return parseArgs<{ args: string[]; options: T; allowPositionals: true }>({
      args,
      options,
      allowPositionals: true,
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // Advice in several lines follows: "Unknown option '--foo'. To specify a positional…"
    const [problem] = /^.*?'.*?'[^.\n]*/s.exec(error.message) ?? [error.message];
    return misuse(problem.replaceAll("'", "").replace(/^[A-Z]/, (letter) => letter.toLowerCase()));
  }
}
