/** Formats results as tables for pages of documentation. */

import type { Published } from "./read_results.ts";
import { rounded } from "../../bench/support/statistics.ts";
import { markdownTable } from "./table.ts";

type Results = ReadonlyMap<string, Published>;

interface Row {
  readonly workload: string;
  readonly text: string;
  /** The default is the first metric. */
  readonly metric?: string;
}

interface Column {
  readonly title: string;
  /** The first of them that took part is shown. */
  readonly peers: readonly string[];
}

const apart: Row = { workload: "echo_apart", text: "one byte to a server and back, a core each" };
const apartCpu: Row = {
  workload: "echo_apart",
  text: "the server's CPU time for it",
  metric: "cpu",
};
const same: Row = { workload: "echo_same", text: "the same, both on one core" };
const idle: Row = { workload: "echo_idle", text: "the same after 1 ms of quiet" };
const pingPong: Row = { workload: "ping_pong", text: "one byte to and fro between two tasks" };
const pipes: Row = { workload: "pipes", text: "one event, 100 of SIZE pipes active" };

const oursOnDeno: Column = {
  title: "fdready, Deno",
  peers: ["fdready-deno-uring", "fdready-deno-thread", "fdready-deno"],
};
const oursOnBun: Column = {
  title: "fdready, Bun",
  peers: ["fdready-bun-uring", "fdready-bun-thread", "fdready-bun"],
};
const others: readonly Column[] = [
  { title: "Deno's own socket", peers: ["socket-deno"] },
  { title: "Bun's own socket", peers: ["socket-bun"] },
  { title: "C", peers: ["c"] },
  { title: "C that polls", peers: ["c-polling"] },
  { title: "tokio", peers: ["tokio"] },
];

/** The table with a row for each measured workload, followed by the machine. */
export function summaryTable(results: Results): string {
  const rows: readonly Row[] = [
    apart,
    apartCpu,
    same,
    { ...apartCpu, workload: "echo_same" },
    idle,
    { ...apartCpu, workload: "echo_idle" },
    pingPong,
    { workload: "ping_pong", text: "CPU time for it", metric: "cpu" },
    pipes,
    { workload: "wake", text: "one wakeup from another thread" },
    { workload: "memory", text: "heap for a pending wait" },
    { workload: "start", text: "start of a program, over an empty one" },
  ];
  const more: readonly Column[] = [
    { title: "Go", peers: ["go"] },
    { title: "Trio", peers: ["trio"] },
  ];
  return table(results, rows, [oursOnDeno, oursOnBun, ...others, ...more]);
}

function table(results: Results, rows: readonly Row[], columns: readonly Column[]): string {
  const measured = rows.flatMap((row) => {
    const published = results.get(row.workload);
    return published === undefined ? [] : [{ row, published }];
  });
  const [first] = measured;
  if (first === undefined) throw new Error("Nothing has been measured");
  return [
    markdownTable(
      ["", ...columns.map(({ title }) => title)],
      measured.map(({ row, published }) => summaryRow(row, columns, published)),
    ),
    "",
    `${circumstances(first.published)} Less is better.`,
  ].join("\n");
}

function summaryRow(
  { text, metric }: Row,
  columns: readonly Column[],
  { metrics, peers }: Published,
): string[] {
  const { name, unit } = metrics.find(({ name }) => name === metric) ?? metrics[0]!;
  const sizes = peers.filter(({ medians }) => name in medians).map(({ size }) => size ?? 0);
  const largest = Math.max(...sizes);
  const cells = columns.map((column) => {
    const found = column.peers
      .map((wanted) => peers.find(({ peer, size }) => peer === wanted && (size ?? 0) === largest))
      .find((peer) => peer !== undefined && name in peer.medians);
    return found === undefined ? "" : `${rounded(found.medians[name]!)} ${unit}`;
  });
  return [text.replace("SIZE", largest.toLocaleString("en")), ...cells];
}

function circumstances({ machine, rounds }: Published): string {
  const { deno, bun } = machine.versions;
  return `Medians of ${rounds} rounds on ${machine.cpus} cores of an ${machine.cpu}, ` +
    `${machine.kernel.split("-")[0]}, Deno ${deno}, Bun ${bun}.`;
}
