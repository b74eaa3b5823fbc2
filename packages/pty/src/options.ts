/** Options, checked and with their defaults. */

import { Buffer } from "node:buffer";
import process from "node:process";
import { inspect } from "node:util";
import type { IPtyForkOptions, IPtyOpenOptions } from "./types.ts";

/** The size of a terminal by default. */
export const defaultSize = { cols: 80, rows: 24 } as const;

const defaultFile = "sh";
const defaultName = "xterm";

/**
 * Variables of terminals that this process may run in, which would confuse the new one's programs.
 */
const outerVariables = [
  "TMUX",
  "TMUX_PANE",
  "STY",
  "WINDOW",
  "WINDOWID",
  "TERMCAP",
  "COLUMNS",
  "LINES",
];

/** Throws the errors of `node-pty` for options of the wrong type. */
export function checkType(name: string, value: unknown, type: string, allowArray = false): void {
  if (value === undefined) return;
  const values: [name: string, value: unknown][] = allowArray && Array.isArray(value)
    ? value.map((item, index) => [`${name}[${index}]`, item])
    : [[name, value]];
  for (const [name, value] of values) {
    const actual: string = typeof value;
    if (actual !== type) {
      throw new Error(`${name} must be a ${type} (not a ${actual}): ${inspect(value)}`);
    }
  }
}

/** Throws unless `options` can be used. Empty values count as missing, as with `node-pty`. */
export function checkOptions(options: IPtyForkOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`The options must be an object, got ${inspect(options)}`);
  }
  const types = {
    name: "string",
    cols: "number",
    rows: "number",
    cwd: "string",
    env: "object",
    uid: "number",
    gid: "number",
    encoding: "string",
    flowControlPause: "string",
    flowControlResume: "string",
  } as const;
  for (const [name, type] of Object.entries(types)) {
    checkType(name, options[name as keyof typeof types] || undefined, type);
  }
  readEncoding(options);
  const { signal, uid = -1, gid = -1 } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`The option signal must be an AbortSignal, got ${inspect(signal)}`);
  }
  if (uid !== -1 || gid !== -1) {
    throw new Error(
      "The options uid and gid are not supported: start the program with one such as setpriv, " +
        'for example spawn("setpriv", ["--reuid=1000", "--regid=1000", "--clear-groups", "sh"])',
    );
  }
}

/** A program's name and arguments, in a list whose items are strings. */
export function readCommand(
  file: string | undefined,
  args: readonly string[] | string | undefined,
): { file: string; args: readonly string[] } {
  if (typeof args === "string") throw new Error("args as a string is not supported on unix.");
  if (file !== undefined && file !== null && typeof file !== "string") {
    throw new TypeError(`The file must be a string, got ${inspect(file)}`);
  }
  const list = args ?? [];
  if (!Array.isArray(list) || list.some((arg) => typeof arg !== "string")) {
    throw new TypeError(`The arguments must be an array of strings, got ${inspect(args)}`);
  }
  return { file: file || defaultFile, args: list };
}

/** The directory and the environment of a program. */
export function readSurroundings(
  options: IPtyForkOptions,
): { cwd: string; env: Record<string, string> } {
  const given = options.env || process.env;
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const env = Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
  if (given === process.env) { for (const name of outerVariables) delete env[name]; }
  const cwd = options.cwd || process.cwd();
  env.PWD = cwd;
  env.TERM = options.name || env.TERM || defaultName;
  return { cwd, env };
}

/** The encoding of data events and of text to write; `undefined` for Buffers. */
export function readEncoding({ encoding = "utf8" }: IPtyOpenOptions): BufferEncoding | undefined {
  if (!encoding) return undefined;
  if (Buffer.isEncoding(encoding)) return encoding;
  throw new TypeError(`The option encoding must be an encoding or null, got ${inspect(encoding)}`);
}
