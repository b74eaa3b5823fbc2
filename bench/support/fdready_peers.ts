/** fdready as a contender, for each runtime and driver. */

import { runtimeNames, testRuntimes } from "../../_tools/runner/runtimes.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { bun, deno, nodeInWorkspace, type Program } from "./program.ts";
import { ProgramError, run } from "./run.ts";
import type { Contender } from "./workload.ts";

/** A runtime, and the driver that fdready uses there. */
export interface FdreadyPeer {
  readonly runtime: RuntimeName;
  readonly driver: string;
  readonly peer: string;
  readonly label: string;
}

/** Finds which of the requested drivers work in each runtime. */
export async function findFdreadyPeers(
  requested: readonly string[],
): Promise<{ fdreadyPeers: FdreadyPeer[]; absent: string[] }> {
  const fdreadyPeers = new Map<string, FdreadyPeer>();
  const absent: string[] = [];
  for (const runtime of runtimeNames) {
    for (const driver of requested) {
      try {
        const found = await resolveDriver(runtime, driver);
        fdreadyPeers.set(found.peer, found);
      } catch (error) {
        absent.push(
          `fdready on ${testRuntimes[runtime].title}, driver ${driver}: ${reason(error)}`,
        );
      }
    }
  }
  return { fdreadyPeers: [...fdreadyPeers.values()], absent };
}

async function resolveDriver(runtime: RuntimeName, requested: string): Promise<FdreadyPeer> {
  const command = await program(runtime, "driver_fdready.ts", [requested]).command();
  const { driver } = JSON.parse(await run(command)) as { driver: string };
  if (requested !== "auto" && driver !== requested) throw new Error(`got ${driver} instead`);
  const peer = `fdready-${runtime}-${driver}`;
  return { runtime, driver, peer, label: `fdready, ${testRuntimes[runtime].title}, ${driver}` };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const thrown = error instanceof ProgramError && /\b[A-Z]\w*Error: .*/.exec(error.output);
  return thrown ? thrown[0] : error.message;
}

/** How to run fdready's programs. */
export interface Running {
  /** Whether they force garbage collection. */
  readonly exposeGc?: boolean;
  /** Wraps each program in another one. */
  readonly wrap?: (program: Program) => Program;
}

/** The contenders that run `file` with the driver and `args`. */
export function contenders(
  fdreadyPeers: readonly FdreadyPeer[],
  file: string,
  args: readonly number[],
  { exposeGc = false, wrap = (program) => program }: Running = {},
): Contender[] {
  return fdreadyPeers.map(({ runtime, driver, peer, label }) => ({
    peer,
    label,
    ours: true,
    program: wrap(program(runtime, file, [driver, ...args], exposeGc)),
  }));
}

/** How each runtime starts a program, and its flag for forced garbage collection. */
const starters: Readonly<Record<RuntimeName, readonly [start: typeof deno, flag: string]>> = {
  deno: [deno, "--v8-flags=--expose-gc"],
  bun: [bun, "--expose-gc"],
  node: [nodeInWorkspace, "--expose-gc"],
};

/** A program for `runtime`. */
export function program(
  runtime: RuntimeName,
  file: string,
  args: (string | number)[],
  exposeGc = false,
): Program {
  const [start, flag] = starters[runtime];
  return start(file, args, exposeGc ? [flag] : []);
}
