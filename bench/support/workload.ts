/** Workloads and their results. */

import type { Program } from "./program.ts";

/** A figure that programs report. */
export interface Metric {
  /** The name in their output. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
}

/** A program that runs the workload. */
export interface Contender {
  /** The name in results and limits. */
  readonly peer: string;
  readonly label: string;
  /** Whether it uses fdready. */
  readonly ours: boolean;
  /** The size, in workloads with several. */
  readonly size?: number;
  readonly program: Program;
}

/** A limit of a workload. */
export interface Limit {
  readonly text: string;
  readonly atMost: number;
  readonly unit?: string;
  /** Its measurement, or undefined if a peer is missing. */
  readonly measured: (figures: Figures) => number | undefined;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Limits compare the first one. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** How many of the metrics, from the first, have charts. The default is 1. */
  readonly pictured?: number;
  /** The peer that the others are compared with. */
  readonly reference?: { readonly peer: string; readonly label: string };
  readonly contenders: readonly Contender[];
  readonly limits: readonly Limit[];
  /** Notes for readers of the results. */
  readonly notes: readonly string[];
  /**
   * Converts a program's output into one number for each metric. By default the output has the
   * numbers.
   */
  readonly figures?: (output: Record<string, unknown>) => Record<string, unknown>;
}

/** Medians over all rounds. */
export interface Figures {
  median(peer: string, metric: string, size?: number): number | undefined;
}

/** The result of a contender. */
export type Outcome =
  & Pick<Contender, "peer" | "label" | "ours" | "size">
  & (
    | { readonly state: "measured"; readonly rounds: readonly Record<string, number>[] }
    | { readonly state: "missing" | "failed"; readonly why: string }
  );
