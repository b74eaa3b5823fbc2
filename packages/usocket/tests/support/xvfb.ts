/** An X server of the tests' own, without a screen. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { matching } from "../../../../tests/support/programs.ts";

/** For how long it runs, in seconds, even if the test that started it is killed. */
const limit = 60;

/** Runs until it is disposed of. */
export class Xvfb implements AsyncDisposable {
  private constructor(readonly display: string, readonly child: ChildProcess) {}

  static async start(): Promise<Xvfb> {
    const options = ["-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp"];
    const child = spawn("timeout", [String(limit), "Xvfb", ...options, "-noreset"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [number] = await matching(child, /^\d+$/m);
    return new Xvfb(`:${number}`, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.child, "close");
    this.child.kill();
    await ended;
  }
}
