/** Writes down what a test has tried and counted, for docs/reliability.md. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import process from "node:process";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { runtime } from "./programs.ts";
import { root } from "./root.ts";

/** What is tried; each has a file for each runtime. */
export type Trial = "faults" | "load" | "signals" | "soak" | "stress" | "terminated";

export type Figures = Readonly<Record<string, number>>;

/** One file: the figures of each driver. */
export interface Recorded {
  readonly trial: Trial;
  readonly runtime: RuntimeName;
  readonly version: string;
  readonly system: string;
  readonly cpu: string;
  readonly drivers: Readonly<Record<string, Figures>>;
}

/** Where `--results` has them written. */
export const resultsFolder = `${root}/tests/results`;

/** What this process has recorded so far. */
const totals = new Map<string, Record<string, number>>();

/**
 * Adds `figures` to what this process has recorded of `trial` with `driver`, and writes the sums to
 * `folder`, in place of those of an earlier process. Does nothing if there is no folder.
 */
export function record(
  trial: Trial,
  driver: string,
  figures: Figures,
  folder: string | undefined = process.env.FDREADY_TEST_RESULTS,
): void {
  if (folder === undefined) return;
  const path = `${folder}/${trial}_${runtime}.json`;
  const key = `${path} ${driver}`;
  const sums = totals.get(key) ?? {};
  totals.set(key, sums);
  for (const [name, value] of Object.entries(figures)) sums[name] = (sums[name] ?? 0) + value;

  const here = { trial, runtime, ...circumstances() };
  const earlier = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) as Recorded : undefined;
  const drivers = { ...(sameCircumstances(earlier, here) ? earlier?.drivers : {}), [driver]: sums };
  const recorded: Recorded = { ...here, drivers };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(recorded, null, 2)}\n`);
}

type Circumstances = Pick<Recorded, "version" | "system" | "cpu">;

/** Nothing that names the machine or its owner. */
function circumstances(): Circumstances {
  return {
    version: process.versions[runtime]!,
    system: `Linux ${os.release().split("-")[0]} ${os.arch()}`,
    cpu: `${os.cpus().length} cores of an ${os.cpus()[0]?.model.trim() ?? "unknown CPU"}`,
  };
}

/** Figures of another system or version don't go into one table. */
function sameCircumstances(earlier: Circumstances | undefined, here: Circumstances): boolean {
  return earlier?.version === here.version && earlier.system === here.system &&
    earlier.cpu === here.cpu;
}
