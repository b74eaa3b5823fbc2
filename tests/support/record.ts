/** Records the figures of tests for docs/reliability.md. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import process from "node:process";
import { describeHost } from "../../_tools/figures/host.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { runtime } from "./programs.ts";
import { root } from "./root.ts";

/** The trials. Each has a file for each runtime. */
export type Trial = "faults" | "load" | "signals" | "soak" | "stress" | "terminated";

export type Figures = Readonly<Record<string, number>>;

/** A file: the figures of each driver. */
export interface Recorded {
  readonly trial: Trial;
  readonly runtime: RuntimeName;
  readonly version: string;
  /** The machine, as text. */
  readonly host: string;
  readonly drivers: Readonly<Record<string, Figures>>;
}

/** The folder for the files that `--results` writes. */
export const resultsFolder = `${root}/tests/results`;

/** The figures of this process so far. */
const totals = new Map<string, Record<string, number>>();

/**
 * Adds `figures` to this process's figures of `trial` with `driver`, and writes the sums to
 * `folder`. They replace those of an earlier process. Does nothing without a folder.
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

type Circumstances = Pick<Recorded, "version" | "host">;

/** Nothing here identifies the machine or its owner. */
function circumstances(): Circumstances {
  const cpus = os.cpus();
  const cpu = cpus[0]?.model.trim() ?? "unknown CPU";
  const kernel = `Linux ${os.release()} ${os.arch()}`;
  return {
    version: process.versions[runtime]!,
    host: describeHost({ cpu, cpus: cpus.length, kernel }),
  };
}

/** Whether the figures may be in one table: they come from the same version and machine. */
function sameCircumstances(earlier: Circumstances | undefined, here: Circumstances): boolean {
  return earlier?.version === here.version && earlier.host === here.host;
}
