/** Limits of workloads, and whether they are met. */

import type { Verdict } from "../../_tools/figures/limit_table.ts";
import type { Figures, Limit, Workload } from "./workload.ts";

/** Where a figure is in the results. */
export interface Place {
  readonly peer: string;
  readonly metric: string;
  readonly size?: number;
}

/** A limit on the ratio of `of` to `to`. */
export function ratioLimit(text: string, atMost: number, of: Place, to: Place): Limit {
  return {
    text,
    atMost,
    measured(figures) {
      const dividend = at(figures, of);
      const divisor = at(figures, to);
      return dividend === undefined || divisor === undefined ? undefined : dividend / divisor;
    },
  };
}

/** A limit on `of`. */
export function absoluteLimit(text: string, atMost: number, unit: string, of: Place): Limit {
  return { text, atMost, unit, measured: (figures) => at(figures, of) };
}

function at(figures: Figures, { peer, metric, size }: Place): number | undefined {
  return figures.median(peer, metric, size);
}

/** Judges all limits of `workload`. */
export function judge(workload: Workload, figures: Figures): Verdict[] {
  return workload.limits.map(({ text, atMost, unit, measured }) => {
    const value = measured(figures);
    return {
      text,
      atMost,
      unit,
      measured: value,
      met: value === undefined ? undefined : value <= atMost,
    };
  });
}
