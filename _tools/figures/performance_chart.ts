/** The chart that compares fdready with the runtimes' own sockets. */

import { rounded } from "../../bench/support/statistics.ts";
import { testRuntimes } from "../runner/runtimes.ts";
import { otherLines, theme } from "./colors.ts";
import { draw, look, type Panel } from "./draw.ts";
import type { Published } from "./published.ts";
import { type Comparison, comparisons, roundTripMetrics } from "./result_tables.ts";

/** The color of each metric. */
const colors = [theme.ours.light, otherLines[1]!.light, otherLines[5]!.light];

/** Draws a panel for each situation, with a bar for each runtime and metric. */
export function performanceChart(results: ReadonlyMap<string, Published>): Promise<string> {
  const all = comparisons(results);
  const ratios = all.flatMap(bars).map(({ ratio }) => ratio);
  const domain = [Math.min(0.5, ...ratios) / 1.3, Math.max(2, ...ratios) * 1.6];
  const panels = Object.entries(Object.groupBy(all, ({ situation }) => situation))
    .map(([situation, some = []], index) => panel(situation, some, domain, index));
  return draw({
    ...look,
    title: {
      text: "A round trip with fdready, as a multiple of one with the runtime's own socket",
      subtitle: "Left of the line, fdready is better; right of it, worse.",
    },
    hconcat: panels,
    config: { ...look.config, concat: { spacing: 24 } },
  });
}

function bars({ runtime, fdready, own }: Comparison) {
  return roundTripMetrics.flatMap(({ name, title }) => {
    const [value, other] = [fdready[name], own[name]];
    if (value === undefined || other === undefined) return [];
    const ratio = value / other;
    return [{
      runtime: testRuntimes[runtime].title,
      metric: title,
      ratio,
      text: `${rounded(ratio)} ×`,
      // Beside the bar, on the side away from the line.
      beyond: ratio < 1 ? 1 : ratio,
    }];
  });
}

function panel(
  situation: string,
  compared: readonly Comparison[],
  domain: number[],
  index: number,
): Panel {
  const titles = roundTripMetrics.map(({ title }) => title);
  const x = {
    type: "quantitative",
    title: null,
    scale: { type: "log", domain, nice: false },
    axis: null,
  } as const;
  const place = {
    y: {
      field: "runtime",
      type: "nominal",
      sort: null,
      title: null,
      scale: { paddingInner: 0.35 },
      axis: index === 0 ? { ticks: false, domain: false, labelPadding: 6 } : null,
    },
    yOffset: { field: "metric", sort: titles },
  } as const;
  return {
    title: { text: situation, anchor: "start", fontSize: 12, fontWeight: "normal" },
    width: 190,
    height: { step: 15 },
    data: { values: compared.flatMap(bars) },
    layer: [
      {
        mark: { type: "bar" },
        encoding: {
          ...place,
          x: { field: "ratio", ...x },
          x2: { datum: 1 },
          color: {
            field: "metric",
            type: "nominal",
            title: null,
            sort: titles,
            scale: { domain: titles, range: colors },
            legend: { orient: "bottom", symbolType: "square", symbolStrokeWidth: 0 },
          },
        },
      },
      {
        mark: { type: "rule", color: theme.whisker.light },
        encoding: { x: { datum: 1, ...x } },
      },
      {
        mark: { type: "text", align: "left", dx: 4 },
        encoding: { ...place, x: { field: "beyond", ...x }, text: { field: "text" } },
      },
    ],
  };
}
