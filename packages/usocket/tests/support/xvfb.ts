/** An X server for tests, without a screen. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { matching } from "../../../../tests/support/programs.ts";

/** Its longest lifetime in seconds, in case the test is killed. */
const limit = 900;

/** Runs until it is disposed of. */
export class Xvfb implements AsyncDisposable {
  readonly display: string;
  readonly #child: ChildProcess;

  private constructor(display: string, child: ChildProcess) {
    this.display = display;
    this.#child = child;
  }

  static async start(): Promise<Xvfb> {
    const options = ["-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp"];
    const child = spawn("timeout", [String(limit), "Xvfb", ...options, "-noreset"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [number] = await matching(child, /^\d+$/m);
    return new Xvfb(`:${number}`, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.kill();
    await ended;
  }
}
