/**
 * Runs a command of the shell in a new pseudo-terminal, as script(1) does: with its output on the
 * standard output, and with the keys of the terminal that this program runs in.
 *
 *     deno run --allow-ffi --allow-env examples/child_terminal.ts bash
 *     bun examples/child_terminal.ts "ls --color"
 *     node examples/child_terminal.ts "ls --color"
 *
 * `@fdready/pty` has the API of npm's node-pty for this.
 */

import { FdStream, SystemError, waitReadable } from "@fdready/fdready";
import {
  close,
  type ExitStatus,
  getWindowSize,
  makeRaw,
  openpty,
  setWindowSize,
  spawn,
  tcgetattr,
  tcsetattr,
  waitPidfd,
} from "@fdready/fdready/os";
import process from "node:process";
import { readCommandLine } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi --allow-env examples/child_terminal.ts command
bun examples/child_terminal.ts command
node examples/child_terminal.ts command

Runs the command of the shell in a new terminal. Its exit code is that of the command.
`;

export interface TerminalOptions {
  /** The size of the terminal. */
  readonly size: { readonly columns: number; readonly rows: number };
  /** The keys. */
  readonly input?: FdStream | undefined;
  /** Called with the output, in memory that is used again. */
  readonly onOutput: (bytes: Uint8Array) => void | Promise<void>;
}

/** Runs a command of the shell. Resolves when it has ended and its output has been read. */
export async function runInTerminal(
  command: string,
  { size, input, onOutput }: TerminalOptions,
): Promise<ExitStatus> {
  const { controller, terminal } = openpty();
  using stream = new FdStream(controller);
  setWindowSize(controller, size);
  // It becomes the controlling terminal of a new session, so that keys such as ^C work.
  const { pidfd } = spawn("/bin/sh", { args: ["-c", command], terminal });
  // Otherwise the controller wouldn't end when the command does.
  close(terminal);
  const ended = new AbortController();
  const typing = input === undefined ? undefined : type(input, stream, ended.signal);
  try {
    await copyOutput(stream, onOutput);
    await waitReadable(pidfd);
    return waitPidfd(pidfd)!;
  } finally {
    close(pidfd);
    ended.abort();
    await typing;
  }
}

async function copyOutput(stream: FdStream, onOutput: TerminalOptions["onOutput"]): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    for (let count; (count = await stream.read(buffer)) !== null;) {
      await onOutput(buffer.subarray(0, count));
    }
  } catch (error) {
    // This is the end: no program has the terminal open any more.
    if (!(error instanceof SystemError && error.code === "EIO")) throw error;
  }
}

/** Copies keys until the command ends. */
async function type(input: FdStream, stream: FdStream, signal: AbortSignal): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    for (let count; (count = await input.read(buffer, { signal })) !== null;) {
      await stream.writeAll(buffer.subarray(0, count), { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function main(): Promise<void> {
  const { positionals: [command = ""] } = readCommandLine(usage, {}, { least: 1, most: 1 });
  using output = new FdStream(1);
  using input = process.stdin.isTTY ? new FdStream(0) : undefined;
  const settings = input && tcgetattr(0);
  // The new terminal handles the keys.
  if (settings !== undefined) tcsetattr(0, makeRaw(settings));
  try {
    const { code, signal } = await runInTerminal(command, {
      size: input ? getWindowSize(0) : { columns: 80, rows: 24 },
      input,
      onOutput: (bytes) => output.writeAll(bytes),
    });
    if (signal !== null) console.error(`${signal} ended it`);
    process.exitCode = code ?? 1;
  } finally {
    if (settings !== undefined) tcsetattr(0, settings);
  }
}

if (import.meta.main) await main();
