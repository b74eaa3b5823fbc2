/** Formats a workload's results as text. */

import { figuresOf, medianOf, valuesOf } from "../../bench/support/rounds.ts";
import { rounded } from "../../bench/support/statistics.ts";
import { table } from "./table.ts";
import type { Outcome, Workload } from "../../bench/support/workload.ts";

/** Returns the table of `outcomes`, one part for each size, followed by notes. */
export function report(workload: Workload, outcomes: readonly Outcome[]): string {
  const sizes = [...new Set(outcomes.map(({ size }) => size))];
  const parts = sizes.map((size) => {
    const group = outcomes.filter((outcome) => outcome.size === size);
    return sizeTable(workload, group, size);
  });
  const troubles = new Set(
    outcomes.filter((outcome) => outcome.state !== "measured")
      .map(({ label, state, why }) => `${state}: ${label}: ${why}`),
  );
  return [
    `\n${workload.title}`,
    ...parts,
    ...workload.notes.map((note) => `note: ${note}`),
    ...troubles,
  ].join("\n\n");
}

function sizeTable(workload: Workload, outcomes: readonly Outcome[], size?: number): string {
  const { metrics, reference } = workload;
  const [first] = metrics;
  const base = reference && figuresOf(outcomes).median(reference.peer, first.name, size);
  const header = [
    size === undefined ? "medians" : `n = ${size}`,
    ...metrics.map(({ title, unit }) => `${title}, ${unit}`),
    "least to most",
    ...(reference === undefined ? [] : [`÷ ${reference.label}`]),
  ];
  const rows = outcomes.filter(({ state }) => state === "measured").map((outcome) => {
    const values = valuesOf(outcome, first.name);
    const middle = medianOf(outcome, first.name)!;
    return [
      outcome.label,
      ...metrics.map(({ name }) => shown(medianOf(outcome, name))),
      `${rounded(Math.min(...values))} to ${rounded(Math.max(...values))}`,
      ...(reference === undefined ? [] : [shown(base && middle / base)]),
    ];
  });
  return table(header, rows);
}

function shown(value: number | undefined): string {
  return value === undefined ? "-" : rounded(value);
}
