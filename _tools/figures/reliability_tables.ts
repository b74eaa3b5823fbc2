/** Tables of trials and losses, from the figures that tests record. */

import { readdirSync, readFileSync } from "node:fs";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import type { Figures, Recorded, Trial } from "../../tests/support/record.ts";
import { runtimeNames, testRuntimes } from "../runner/runtimes.ts";
import { markdownTable } from "./table.ts";

/** The records of all trials and runtimes. */
export type Records = readonly Recorded[];

interface Row {
  readonly trial: Trial;
  readonly text: (figures: readonly Figures[]) => string;
  /** The size of the trial, from the figures of each driver. */
  readonly tried: (figures: readonly Figures[]) => string;
  /** The figures that count losses. */
  readonly lost: readonly string[];
}

const rows: readonly Row[] = [
  {
    trial: "stress",
    text: () => "random steps, each wait compared with `poll(2)`",
    tried: (figures) => count(sum(figures, "operations")),
    lost: ["lost"],
  },
  {
    trial: "stress",
    text: () => "waits resolved by those steps",
    tried: (figures) => count(sum(figures, "resolved")),
    lost: ["lost"],
  },
  {
    trial: "faults",
    text: () => "failing calls of the C library, one at a time",
    tried: (figures) => count(sum(figures, "failures")),
    lost: ["lost"],
  },
  {
    trial: "signals",
    text: () => "signals, one per millisecond, while bytes go back and forth",
    tried: (figures) => count(sum(figures, "sent")),
    lost: ["stuck", "leaked"],
  },
  {
    trial: "load",
    text: (figures) =>
      `descriptors waited for at once, of the ${
        count(least(figures, "hard"))
      } that this machine allows a process`,
    tried: (figures) => count(least(figures, "held")),
    lost: ["leaked"],
  },
  {
    trial: "load",
    text: () => "events delivered to those descriptors",
    tried: (figures) => count(sum(figures, "events")),
    lost: ["lost"],
  },
  {
    trial: "load",
    text: () => "memory after these events, compared with before",
    tried: (figures) => growth(figures),
    lost: [],
  },
  {
    trial: "terminated",
    text: () => "Workers terminated while they wait",
    tried: (figures) => count(sum(figures, "workers")),
    lost: ["left"],
  },
  {
    trial: "soak",
    text: (figures) => `events in ${minutes(figures)} of mixed load`,
    tried: (figures) => count(sum(figures, "events")),
    lost: ["lost", "leaked"],
  },
  {
    trial: "soak",
    text: () => "memory after 10 seconds of that load, and at its end",
    tried: (figures) => `${megabytes(figures, "early")}, ${megabytes(figures, "late")} MB`,
    lost: [],
  },
];

/** All records in `folder`. */
export function readRecords(folder: URL): Records {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json")).sort();
  return names.map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));
}

/** The table with all rows, followed by the machine. */
export function reliabilityTable(records: Records): string {
  return `${table(records)}\n\n${circumstances(records)}`;
}

function table(records: Records): string {
  const runtimes = recordedRuntimes(records);
  return markdownTable(
    [
      "Trial",
      ...runtimes.map((name) => testRuntimes[name].title),
      "Losses",
    ],
    rows.map((row) => {
      const figures = runtimes.map((name) => find(records, row.trial, name));
      const all = figures.flat();
      const lost = row.lost.map((name) => sum(all, name)).reduce((a, b) => a + b, 0);
      const shown = row.lost.length === 0 ? "" : count(lost);
      return [row.text(all), ...figures.map((each) => row.tried(each)), shown];
    }),
  );
}

/** The runtimes with records. */
function recordedRuntimes(records: Records): RuntimeName[] {
  return runtimeNames.filter((name) => records.some(({ runtime }) => runtime === name));
}

/** The figures of each driver. */
function find(records: Records, trial: Trial, runtime: RuntimeName): Figures[] {
  const found = records.find((record) => record.trial === trial && record.runtime === runtime);
  if (found === undefined) throw new Error(`Nothing is recorded of ${trial} under ${runtime}`);
  return Object.values(found.drivers);
}

function circumstances(records: Records): string {
  const versions = recordedRuntimes(records).map((name) => {
    const own = records.filter(({ runtime }) => runtime === name);
    return `${testRuntimes[name].title} ${one(name, own.map(({ version }) => version))}`;
  });
  const host = one("machine", records.map(({ host }) => host));
  return `On ${host}, with ${versions.join(" and ")}.`;
}

/** The value that all of `values` are. */
function one(what: string, values: readonly string[]): string {
  const [value, ...others] = new Set(values);
  if (value !== undefined && others.length === 0) return value;
  throw new Error(`The records are of more than one ${what}: run all trials again`);
}

function values(figures: readonly Figures[], name: string): number[] {
  return figures.map((each) => each[name] ?? NaN);
}

function sum(figures: readonly Figures[], name: string): number {
  return values(figures, name).reduce((a, b) => a + b, 0);
}

function least(figures: readonly Figures[], name: string): number {
  return Math.min(...values(figures, name));
}

function count(value: number): string {
  return value.toLocaleString("en");
}

/** The growth with the driver whose memory grew most. */
function growth(figures: readonly Figures[]): string {
  const most = Math.max(...figures.map(({ before, after }) => after! / before! - 1));
  return `${most < 0 ? "" : "+"}${Math.round(100 * most)} %`;
}

function minutes(figures: readonly Figures[]): string {
  return `${Math.round(least(figures, "seconds") / 60)} minutes`;
}

/** The memory with the driver that needed most. */
function megabytes(figures: readonly Figures[], name: string): string {
  return (Math.max(...values(figures, name)) / 1e6).toFixed(0);
}
