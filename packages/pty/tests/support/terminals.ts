/** Programs in terminals to test with. */

import { assertEquals } from "@std/assert";
import { createHash, type Hash } from "node:crypto";
import { childPids } from "../../../../tests/support/children.ts";
import { until } from "../../../../tests/support/event_loop.ts";
import { countFds, noMoreFdsThan } from "../../../../tests/support/fds.ts";
import type { IExitEvent, IPtyForkOptions, UnixTerminal } from "../../mod.ts";
import { spawn } from "../../mod.ts";

/** The end of a program, and its output. */
export interface Outcome extends IExitEvent {
  readonly output: string;
}

/** Resolves after the exit event of `pty`, with all output from now on. */
export async function outcome(pty: UnixTerminal): Promise<Outcome> {
  let output = "";
  pty.onData((data) => output += data);
  const { exitCode, signal } = await exit(pty);
  return { output, exitCode, signal };
}

/** Resolves with the exit event of `pty`. */
export function exit(pty: UnixTerminal): Promise<IExitEvent> {
  return new Promise((resolve) => pty.onExit(resolve));
}

/** Runs a program to its end. */
export function run(
  file: string,
  args: readonly string[] = [],
  options: IPtyForkOptions = {},
): Promise<Outcome> {
  return outcome(spawn(file, args, options));
}

/** Runs a script of the shell to its end. */
export function runShell(script: string, options: IPtyForkOptions = {}): Promise<Outcome> {
  return run("/bin/sh", ["-c", script], options);
}

/** Collects the output of `pty` from now on, and resolves when it matches. */
export class OutputWatcher {
  text = "";
  readonly #pty: UnixTerminal;

  constructor(pty: UnixTerminal) {
    this.#pty = pty;
    pty.onData((data) => this.text += data);
  }

  /** Resolves when the output since the last call matches `pattern`, and removes it up to there. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    const find = () => pattern.exec(this.text);
    await until(
      () => find() !== null,
      () => new Error(`No ${pattern} in ${JSON.stringify(this.text)}`),
    );
    const match = find()!;
    this.text = this.text.slice(match.index + match[0].length);
    return match;
  }

  /** Types a line, and waits for output that matches. */
  async type(line: string, pattern: RegExp): Promise<RegExpExecArray> {
    this.#pty.write(`${line}\r`);
    return await this.until(pattern);
  }
}

/** Runs `body`, which must leave no descriptor open and no child behind. */
export async function withoutLeaks(body: () => Promise<void>): Promise<void> {
  // The default manager's descriptors stay open.
  await run("/bin/true");
  const before = { fds: countFds(), children: childPids() };
  await body();
  await noMoreFdsThan(before.fds);
  const children = () => childPids().filter((pid) => !before.children.includes(pid));
  await until(() => children().length === 0, () => new Error(`Left behind: ${children()}`));
}

/** Makes bytes that differ from block to block, and hashes them. */
export class Blocks {
  readonly #hash: Hash = createHash("sha256");
  readonly #block: Uint8Array<ArrayBuffer>;
  #count = 0;

  constructor(size: number) {
    this.#block = new Uint8Array(size);
  }

  /** The next block, as text without control characters that a terminal would change. */
  next(): Uint8Array<ArrayBuffer> {
    const number = this.#count++;
    for (let at = 0; at < this.#block.length; at++) {
      this.#block[at] = 0x21 + (number * 31 + at * 7) % 94;
    }
    const copy = this.#block.slice();
    this.#hash.update(copy);
    return copy;
  }

  get digest(): string {
    return this.#hash.digest("hex");
  }
}

/** Resolves with the signal and the hash when `pty` has ended, whose output are bytes. */
export async function hashOutput(pty: UnixTerminal): Promise<{ length: number; digest: string }> {
  const hash = createHash("sha256");
  let length = 0;
  pty.on("data", (data: Uint8Array) => {
    length += data.length;
    hash.update(data);
  });
  assertEquals(await exit(pty), { exitCode: 0, signal: 0 });
  return { length, digest: hash.digest("hex") };
}
