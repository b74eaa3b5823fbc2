/** Serial lines without hardware: two terminals, each of which gets what is written to the other. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import process from "node:process";
import { type EpollIOManager, FdStream } from "@fdready/fdready";
import { close, openpty } from "@fdready/fdready/os";
import { reportSkip } from "../../../../tests/support/skip.ts";
import { TemporaryFolder } from "../../../../tests/support/temporary_folder.ts";

/** A line with two ends. To dispose of it hangs up. */
export interface Line extends AsyncDisposable {
  /** The paths of its ends. */
  readonly near: string;
  readonly far: string;
}

/** Pseudo-terminals of this process, which passes on what is written. */
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
    // Without it, the line would hang up whenever nobody has it open.
    this.#terminals.push(terminal);
    return name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const controller of this.#controllers) controller.close();
    await Promise.all(this.#relays);
    for (const terminal of this.#terminals) close(terminal);
  }
}

/** Passes on what comes until one end is closed. */
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

/** Pseudo-terminals of another process, socat(1). */
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

/** Why something can't be tested here that needs `program`. */
export function missing(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(":");
  if (folders.some((folder) => existsSync(`${folder}/${program}`))) return undefined;
  return `needs the Debian package ${program}`;
}

function socatLines(): Record<string, () => Promise<Line>> {
  const name = "a line of socat's";
  const reason = missing("socat");
  if (reason === undefined) return { [name]: () => SocatLine.start() };
  reportSkip(name, reason);
  return {};
}

/** Opens a line of each kind that there is here, by its name. */
export const lines: Readonly<Record<string, (manager: EpollIOManager) => Promise<Line> | Line>> = {
  "a pair of pseudo-terminals": (manager) => new PtyLine(manager),
  ...socatLines(),
};
