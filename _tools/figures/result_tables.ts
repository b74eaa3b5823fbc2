/** Formats results as tables for pages of documentation. */

import { rounded } from "../../bench/support/statistics.ts";
import { ownSockets } from "../../bench/workloads/own_sockets.ts";
import type { RuntimeName } from "../../src/runtime/runtime.ts";
import { runtimeNames, testRuntimes } from "../runner/runtimes.ts";
import { describeHost } from "./host.ts";
import type { Published } from "./published.ts";
import { markdownTable } from "./table.ts";

type Results = ReadonlyMap<string, Published>;
type Peer = Published["peers"][number];

/** The workloads with round trips, and their situations. */
export const situations = {
  echo_apart: "busy, a core each",
  echo_same: "busy, one core",
  echo_idle: "after 1 ms of quiet, one core",
} as const;

type Situation = keyof typeof situations;

/** The metrics of a round trip. None is shown without the others. */
export const roundTripMetrics = [
  { name: "p50", title: "Median" },
  { name: "p99", title: "99th percentile" },
  { name: "cpu", title: "CPU time" },
] as const;

/**
 * The figures of fdready in one situation on one runtime, and those of the runtime's own socket.
 */
export interface Comparison {
  readonly situation: string;
  readonly runtime: RuntimeName;
  readonly fdready: Peer["medians"];
  readonly own: Peer["medians"];
}

/** Compares fdready with each runtime's own sockets, as far as both were measured. */
export function comparisons(results: Results): Comparison[] {
  return Object.entries(situations).flatMap(([workload, situation]) => {
    const peers = results.get(workload)?.peers ?? [];
    return runtimeNames.flatMap((runtime): Comparison[] => {
      const fdready = peers.find((one) => one.peer.startsWith(`fdready-${runtime}-`))?.medians;
      const own = peers.find((one) => one.peer === ownSockets[runtime].peer)?.medians;
      if (fdready === undefined || own === undefined) return [];
      return "p50" in fdready && "p50" in own ? [{ situation, runtime, fdready, own }] : [];
    });
  });
}

/** The table that compares fdready with the runtimes' own sockets, and the circumstances. */
export function summaryTable(results: Results): string {
  const rows = comparisons(results).map(({ situation, runtime, fdready, own }) => [
    situation,
    testRuntimes[runtime].title,
    ...roundTripMetrics.map(({ name }) => {
      const [value, other] = [fdready[name], own[name]];
      if (value === undefined || other === undefined) return "";
      return `${rounded(value)} µs (${rounded(value / other)} ×)`;
    }),
  ]);
  const header = ["Round trip", "Runtime", ...roundTripMetrics.map(({ title }) => title)];
  return [markdownTable(header, rows, 2), circumstances(results), costOfWaking(results)]
    .join("\n\n");
}

/** The chart and the table of a workload. */
export function workloadSection(published: Published): string {
  const { workload, title } = published;
  return `![${title}](../bench/results/${workload}.svg)\n\n${workloadTable(published)}`;
}

/** The table of a workload: a row for each peer, a column for each metric or size. */
export function workloadTable({ metrics, peers }: Published): string {
  const measured = peers.filter(({ medians }) => metrics.some(({ name }) => name in medians));
  const sizes = [...new Set(measured.map(({ size }) => size))];
  const columns = sizes.flatMap((size) => metrics.map((metric) => ({ size, ...metric })));
  const labels = [...new Set(measured.map(({ label }) => label))];
  const header = columns.map(({ size, title, unit }) => {
    const of = size === undefined ? "" : `, n = ${size.toLocaleString("en")}`;
    return `${capital(title)}${of}, ${unit}`;
  });
  const rows = labels.map((label) => [
    label,
    ...columns.map(({ size, name }) => {
      const peer = measured.find((one) => one.label === label && one.size === size);
      const value = peer?.medians[name];
      return value === undefined ? "" : rounded(value);
    }),
  ]);
  return markdownTable(["", ...header], rows);
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}

/** The machine and the versions. */
function circumstances(results: Results): string {
  const [first] = results.values();
  if (first === undefined) throw new Error("Nothing has been measured");
  const { machine, rounds } = first;
  const versions = runtimeNames.filter((name) => name in machine.versions)
    .map((name) => `${testRuntimes[name].title} ${machine.versions[name]}`);
  return `Medians of ${rounds} rounds on ${describeHost(machine)}, ` +
    `${versions.slice(0, -1).join(", ")} and ${
      versions.at(-1)
    }. In brackets: the same figure as a ` +
    "multiple of the runtime's own socket. Less is better.";
}

/** What it costs to wake a core on this machine, from C that sleeps. */
function costOfWaking(results: Results): string {
  const roundTrip = (workload: Situation) =>
    results.get(workload)?.peers.find(({ peer }) => peer === "c")?.medians.p50;
  const [apart, same] = [roundTrip("echo_apart"), roundTrip("echo_same")];
  if (apart === undefined || same === undefined) return "";
  return `On this machine, a round trip with a server in C that sleeps takes ${
    rounded(apart)
  } µs ` +
    `between two cores, and ${
      rounded(same)
    } µs on one core. Most of the difference is the cost of ` +
    "waking the other core twice.";
}
