/** Serial lines without hardware: two terminals that receive each other's output. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import process from "node:process";
import { type EpollIOManager, FdStream } from "@fdready/fdready";
import { close, openpty } from "@fdready/fdready/os";
import { reportSkip } from "../../../../tests/support/skip.ts";
import { TemporaryFolder } from "../../../../tests/support/temporary_folder.ts";

/** A line with two ends. Disposing of it hangs up. */
export interface Line extends AsyncDisposable {
  /** The paths of its ends. */
  readonly near: string;
  readonly far: string;
}

/** Pseudo-terminals, with this process as the relay. */
export class PtyLine implements Line {
  readonly near: string;
  readonly far: string;
  readonly #controllers: FdStream[] = [];
  readonly #terminals: number[] = [];
  readonly #relays: Promise<void>[];

  constructor(manager: EpollIOManager) {
    [this.near, this.far] = [this.#open(manager), this.#open(manager)] as const;
    const [near, far] = this.#controllers as [FdStream, FdStream];
    this.#relays = [relay(near, far), relay(far, near)];
  }

  #open(manager: EpollIOManager): string {
    const { controller, terminal, name } = openpty();
    this.#controllers.push(new FdStream(controller, { manager }));
    // Otherwise the line would hang up whenever no port is open.
    this.#terminals.push(terminal);
    return name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#controllers) controller.close();
    await Promise.all(this.#relays);
    for (const terminal of this.#terminals) close(terminal);
  }
}

/** Copies bytes until one end is closed. */
async function relay(from: FdStream, to: FdStream): Promise<void> {
  const buffer = new Uint8Array(65536);
  try {
    for (let count; (count = await from.read(buffer)) !== null;) {
      await to.writeAll(buffer.subarray(0, count));
    }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ClosedResourceError") throw error;
  }
}

/** Pseudo-terminals, with socat(1) as the relay. */
export class SocatLine implements Line {
  readonly near: string;
  readonly far: string;
  readonly #folder = new TemporaryFolder();
  readonly #socat: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor() {
    this.near = `${this.#folder.path}/near`;
    this.far = `${this.#folder.path}/far`;
    const end = (link: string) => `pty,rawer,link=${link}`;
    this.#socat = spawn("socat", ["-d", "-d", "-b65536", end(this.near), end(this.far)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#ended = once(this.#socat, "close");
  }

  static async start(): Promise<SocatLine> {
    const line = new SocatLine();
    await new Promise<void>((resolve, reject) => {
      let output = "";
      line.#socat.stderr?.on("data", (data) => {
        output += data;
        if (output.includes("starting data transfer loop")) resolve();
      });
      line.#ended.then(() => reject(new Error(`socat has ended: ${output}`)));
    });
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socat.kill("SIGKILL");
    await this.#ended;
    this.#folder[Symbol.dispose]();
  }
}

/** The reason to skip tests that need `program`, if it isn't installed. */
export function missing(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(":");
  if (folders.some((folder) => existsSync(`${folder}/${program}`))) return undefined;
  return `needs the Debian package ${program}`;
}

function socatLines(): Record<string, () => Promise<Line>> {
  const name = "a socat line";
  const reason = missing("socat");
  if (reason === undefined) return { [name]: () => SocatLine.start() };
  reportSkip(name, reason);
  return {};
}

/** The kinds of lines, by name. */
export const lines: Readonly<Record<string, (manager: EpollIOManager) => Promise<Line> | Line>> = {
  "a pair of pseudo-terminals": (manager) => new PtyLine(manager),
  ...socatLines(),
};
