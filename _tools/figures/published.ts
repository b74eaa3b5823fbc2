/** The result files of benchmarks. */

import type { Machine } from "./host.ts";
import type { Verdict } from "./limit_table.ts";

/** The part of a workload's file that is used here. */
export interface Published {
  readonly workload: string;
  readonly title: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly metrics: readonly {
    readonly name: string;
    readonly title: string;
    readonly unit: string;
  }[];
  readonly peers: readonly {
    readonly peer: string;
    readonly label: string;
    readonly size?: number;
    readonly medians: Readonly<Record<string, number>>;
  }[];
  readonly limits: readonly Verdict[];
}
