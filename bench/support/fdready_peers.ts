/** fdready as a contender: once for each runtime and driver. */

import { bun, deno, type Program } from "./program.ts";
import { ProgramError, run } from "./run.ts";
import type { Contender } from "./workload.ts";

export type Runtime = "deno" | "bun";

/** A runtime and the driver that fdready has there. */
export interface Ours {
  readonly runtime: Runtime;
  readonly driver: string;
  readonly peer: string;
  readonly label: string;
}

export const runtimeNames: Readonly<Record<Runtime, string>> = { deno: "Deno", bun: "Bun" };

/** Which drivers of `requested` there are in each runtime, and which are not to be had. */
export async function findOurs(
  requested: readonly string[],
): Promise<{ ours: Ours[]; absent: string[] }> {
  const ours = new Map<string, Ours>();
  const absent: string[] = [];
  for (const runtime of ["deno", "bun"] as const) {
    for (const driver of requested) {
      try {
        const found = await resolveDriver(runtime, driver);
        ours.set(found.peer, found);
      } catch (error) {
        absent.push(`fdready on ${runtimeNames[runtime]}, driver ${driver}: ${reason(error)}`);
      }
    }
  }
  return { ours: [...ours.values()], absent };
}

async function resolveDriver(runtime: Runtime, requested: string): Promise<Ours> {
  const command = await program(runtime, "driver_fdready.ts", [requested]).command();
  const { driver } = JSON.parse(await run(command)) as { driver: string };
  if (requested !== "auto" && driver !== requested) throw new Error(`got ${driver} instead`);
  const peer = `fdready-${runtime}-${driver}`;
  return { runtime, driver, peer, label: `fdready, ${runtimeNames[runtime]}, ${driver}` };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const thrown = error instanceof ProgramError && /\b[A-Z]\w*Error: .*/.exec(error.output);
  return thrown ? thrown[0] : error.message;
}

/** How fdready's programs are run. */
export interface Running {
  /** Whether they collect garbage by themselves. */
  readonly exposeGc?: boolean;
  /** Makes of each what is run in the end. */
  readonly wrap?: (program: Program) => Program;
}

/** The contenders that run `file` with the driver and then `args`. */
export function contenders(
  ours: readonly Ours[],
  file: string,
  args: readonly number[],
  { exposeGc = false, wrap = (program) => program }: Running = {},
): Contender[] {
  return ours.map(({ runtime, driver, peer, label }) => ({
    peer,
    label,
    ours: true,
    program: wrap(program(runtime, file, [driver, ...args], exposeGc)),
  }));
}

/** A program for `runtime`. */
export function program(
  runtime: Runtime,
  file: string,
  args: (string | number)[],
  exposeGc = false,
): Program {
  return runtime === "deno"
    ? deno(file, args, exposeGc ? ["--v8-flags=--expose-gc"] : [])
    : bun(file, args, exposeGc ? ["--expose-gc"] : []);
}
