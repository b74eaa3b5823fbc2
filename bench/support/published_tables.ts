/** Tables for pages of documentation. */

import { markdownTable } from "./page.ts";
import type { Published } from "./published.ts";
import { rounded } from "./statistics.ts";

type Results = ReadonlyMap<string, Published>;

/** The figures of the summaries, in their order. */
const rows = [
  { workload: "echo_apart", text: "one byte to a server and back, a core each" },
  { workload: "echo_idle", text: "the same after 1 ms of quiet" },
  { workload: "echo_busy", text: "the same back to back, on whichever core" },
  { workload: "ping_pong", text: "one byte to and fro between two tasks" },
  { workload: "pipes", text: "one event, 100 of SIZE pipes active" },
  { workload: "wake", text: "one wakeup from another thread" },
  { workload: "memory", text: "heap for a pending wait" },
] as const;

/** The first of a column's peers that took part is shown. */
const columns = [
  { title: "fdready, Deno", peers: ["fdready-deno-uring", "fdready-deno-thread", "fdready-deno"] },
  { title: "fdready, Bun", peers: ["fdready-bun-uring", "fdready-bun-thread", "fdready-bun"] },
  { title: "Deno's own socket", peers: ["socket-deno"] },
  { title: "Bun's own socket", peers: ["socket-bun"] },
  { title: "C", peers: ["c"] },
  { title: "Trio", peers: ["trio"] },
] as const;

/** Those of the README. Where the kernel puts client and server decides `echo_busy`, not the peer. */
const shown = ["echo_apart", "echo_idle", "ping_pong", "pipes", "memory"];

/** The README's part of the summary. */
export function shortTable(results: Results): string {
  return summaryTable(new Map([...results].filter(([workload]) => shown.includes(workload))));
}

/** One row for each workload that has been measured, and below it where that was. */
export function summaryTable(results: Results): string {
  const measured = rows.flatMap((row) => {
    const published = results.get(row.workload);
    return published === undefined ? [] : [{ ...row, published }];
  });
  const [first] = measured;
  if (first === undefined) throw new Error("Nothing has been measured");
  return [
    markdownTable(
      ["", ...columns.map(({ title }) => title)],
      measured.map(({ text, published }) => summaryRow(text, published)),
    ),
    "",
    `${circumstances(first.published)} Less is better.`,
  ].join("\n");
}

function summaryRow(text: string, { metrics, peers }: Published): string[] {
  const { name, unit } = metrics[0]!;
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

function circumstances({ machine }: Published): string {
  const { deno, bun } = machine.versions;
  return `Medians on ${machine.cpus} cores of an ${machine.cpu}, ` +
    `${machine.kernel.split("-")[0]}, with Deno ${deno} and Bun ${bun}.`;
}

/** What each workload must show, and what it has shown. */
export function limitTable(results: Results): string {
  const all = [...results.values()].toSorted((a, b) => a.workload < b.workload ? -1 : 1);
  return markdownTable(
    ["", "at most", "measured", ""],
    all.flatMap(({ limits }) =>
      limits.map(({ text, atMost, unit, measured, met }) => [
        text,
        withUnit(String(atMost), unit),
        measured === undefined ? "" : withUnit(rounded(measured), unit),
        met === undefined ? "not measured" : met ? "met" : "missed",
      ])
    ),
  );
}

function withUnit(value: string, unit: string | undefined): string {
  return unit === undefined ? value : `${value} ${unit}`;
}
