/** What a workload consists of, and what comes of measuring it. */

import type { Program } from "./program.ts";

/** A figure that programs report. */
export interface Metric {
  /** Its name in their output. */
  readonly name: string;
  readonly title: string;
  readonly unit: string;
}

/** One program that does the workload. */
export interface Contender {
  /** Names it in results and limits. */
  readonly peer: string;
  readonly label: string;
  /** Whether it is fdready's. */
  readonly ours: boolean;
  /** In workloads of several sizes, which. */
  readonly size?: number;
  readonly program: Program;
}

/** What a workload must show. */
export interface Limit {
  readonly text: string;
  readonly atMost: number;
  readonly unit?: string;
  /** What has been measured of it; undefined if a peer is missing. */
  readonly measured: (figures: Figures) => number | undefined;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  /** The first is the one that is compared. */
  readonly metrics: readonly [Metric, ...Metric[]];
  /** How many of the metrics, from the first, make pictures; 1 unless told. */
  readonly pictured?: number;
  /** The peer that the others are compared with. */
  readonly reference?: { readonly peer: string; readonly label: string };
  readonly contenders: readonly Contender[];
  readonly limits: readonly Limit[];
  /** What a reader of the results must know. */
  readonly notes: readonly string[];
  /** Turns a program's output into one number for each metric; as it is unless told. */
  readonly figures?: (output: Record<string, unknown>) => Record<string, unknown>;
}

/** Medians over all rounds. */
export interface Figures {
  median(peer: string, metric: string, size?: number): number | undefined;
}

/** What came of one contender. */
export type Outcome =
  & Pick<Contender, "peer" | "label" | "ours" | "size">
  & (
    | { readonly state: "measured"; readonly rounds: readonly Record<string, number>[] }
    | { readonly state: "missing" | "failed"; readonly why: string }
  );
