/** Charts of results, with Vega-Lite. */

import type { TopLevelSpec } from "vega-lite";
import { medianOf, valuesOf } from "../../bench/support/rounds.ts";
import { rounded } from "../../bench/support/statistics.ts";
import { otherLines, ourLines, theme } from "./colors.ts";
import { draw, look, type Panel } from "./draw.ts";
import type { Metric, Outcome, Workload } from "../../bench/support/workload.ts";

/** Draws the results as an SVG: bars, or lines if there are sizes. */
export function picture(workload: Workload, outcomes: readonly Outcome[]): Promise<string> {
  const sized = outcomes.some(({ size }) => size !== undefined);
  return draw(sized ? lines(workload, outcomes) : bars(workload, outcomes));
}

/** One bar for each contender, with the range of its rounds. One panel for each metric. */
function bars(workload: Workload, outcomes: readonly Outcome[]): TopLevelSpec {
  const metrics = workload.metrics.slice(0, workload.pictured ?? 1);
  const subtitle = "Less is better. Bar: median of all rounds; line: from the least to the most.";
  return {
    ...look,
    title: { text: workload.title, subtitle },
    hconcat: metrics.map((metric, index) => panel(metric, index, metrics.length, outcomes)),
  };
}

function panel(
  metric: Metric,
  index: number,
  count: number,
  outcomes: readonly Outcome[],
): Panel {
  const rows = outcomes.flatMap((outcome) => {
    const middle = medianOf(outcome, metric.name);
    if (middle === undefined) return [];
    const values = valuesOf(outcome, metric.name);
    return [{
      label: outcome.label,
      ours: outcome.ours,
      median: middle,
      least: Math.min(...values),
      most: Math.max(...values),
      text: rounded(middle),
    }];
  });
  // All panels have the same order, so only the first one needs the names.
  const order = outcomes.map(({ label }) => label);
  const x = {
    type: "quantitative",
    title: `${metric.title}, ${metric.unit}`,
    axis: { tickCount: Math.round(8 / count), labelOverlap: false },
  } as const;
  return {
    width: Math.round(480 / count),
    height: { step: 24 },
    data: { values: rows },
    encoding: {
      y: {
        field: "label",
        type: "nominal",
        sort: order,
        scale: { domain: order },
        title: null,
        axis: index === 0 ? { ticks: false, domain: false, labelPadding: 6 } : null,
      },
    },
    layer: [
      {
        mark: { type: "bar", height: 16 },
        encoding: {
          x: { field: "median", ...x },
          color: {
            condition: { test: "datum.ours", value: theme.ours.light },
            value: theme.others.light,
          },
        },
      },
      {
        mark: { type: "rule", color: theme.whisker.light },
        encoding: { x: { field: "least", ...x }, x2: { field: "most" } },
      },
      {
        mark: { type: "text", align: "left", dx: 6 },
        encoding: { x: { field: "most", ...x }, text: { field: "text" } },
      },
    ],
  };
}

/** One line for each peer, over the size. */
function lines(workload: Workload, outcomes: readonly Outcome[]): TopLevelSpec {
  const [metric] = workload.metrics;
  const points = outcomes.flatMap((outcome) => {
    const middle = medianOf(outcome, metric.name);
    return middle === undefined ? [] : [{ ...outcome, median: middle }];
  });
  const labels = [...new Set(points.map(({ label }) => label))];
  const sizes = [...new Set(points.map(({ size }) => size!))];
  const medians = points.map(({ median }) => median);
  const steps = ticks(Math.min(...medians), Math.max(...medians));
  return {
    ...look,
    title: { text: workload.title, subtitle: "Less is better. Medians of all rounds." },
    width: 460,
    height: 300,
    data: { values: points },
    mark: { type: "line", point: true },
    encoding: {
      x: {
        field: "size",
        type: "quantitative",
        scale: { type: "log", domain: [Math.min(...sizes), Math.max(...sizes)], nice: false },
        axis: { values: sizes, title: "n (log scale)", grid: false },
      },
      y: {
        field: "median",
        type: "quantitative",
        scale: { type: "log", domain: [steps[0]!, steps.at(-1)!], nice: false },
        axis: { values: steps, title: `${metric.title}, ${metric.unit} (log scale)` },
      },
      color: {
        field: "label",
        type: "nominal",
        title: null,
        scale: { domain: labels, range: lineColors(points) },
      },
      strokeWidth: { condition: { test: "datum.ours", value: 3 }, value: 1.5 },
    },
  };
}

/** Round numbers for a log axis. The first is at most `least`, the last is at least `most`. */
function ticks(least: number, most: number): number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(least)); 10 ** power < most * 10; power++) {
    for (const digit of [1, 1.5, 2, 3, 5, 7]) all.push(Number(`${digit}e${power}`));
  }
  const from = all.findLastIndex((tick) => tick <= least);
  const to = all.findIndex((tick) => tick >= most);
  return all.slice(from, to + 1);
}

/** A color for each label, in the order of their first occurrence. */
function lineColors(points: readonly Outcome[]): string[] {
  const isOurs = new Map(points.map(({ label, ours }) => [label, ours]));
  let ourCount = 0;
  let otherCount = 0;
  return [...isOurs.values()].map((ours) => {
    const colors = ours ? ourLines : otherLines;
    return colors[(ours ? ourCount++ : otherCount++) % colors.length]!.light;
  });
}
