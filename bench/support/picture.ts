/** Pictures of outcomes, by Vega-Lite. */

import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { medianOf, valuesOf } from "./rounds.ts";
import { rounded } from "./statistics.ts";
import type { Metric, Outcome, Workload } from "./workload.ts";

/** Bars. */
const ours = "#d9480f";
const others = "#adb5bd";

/** Lines, which have to be told apart. */
const ourLines = ["#d9480f", "#f59f00", "#e64980", "#862e9c"];
const otherLines = ["#212529", "#1971c2", "#2b8a3e", "#0c8599", "#868e96"];

/** Turns the outcomes into an SVG: bars, or lines if there are sizes. */
export function picture(workload: Workload, outcomes: readonly Outcome[]): Promise<string> {
  const sized = outcomes.some(({ size }) => size !== undefined);
  const spec = sized ? lines(workload, outcomes) : bars(workload, outcomes);
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  return view.toSVG();
}

const look = {
  background: "white",
  padding: 10,
  config: {
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 300 },
    legend: { labelFontSize: 12, labelLimit: 300, symbolStrokeWidth: 3 },
    title: { anchor: "start", fontSize: 14, subtitleFontSize: 12, subtitleColor: "#666" },
  },
} as const satisfies Partial<TopLevelSpec>;

/** One bar for each contender, with the span of its rounds; one panel for each metric. */
function bars(workload: Workload, outcomes: readonly Outcome[]): TopLevelSpec {
  const metrics = workload.metrics.slice(0, workload.pictured ?? 1);
  return {
    ...look,
    title: { text: workload.title, subtitle: "less is better" },
    hconcat: metrics.map((metric, index) => panel(metric, index, metrics.length, outcomes)),
  };
}

type Panel = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number];

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
  // The same order in all panels, so that only the first needs the names.
  const order = outcomes.map(({ label }) => label);
  const x = { type: "quantitative", title: `${metric.title}, ${metric.unit}` } as const;
  return {
    width: Math.round(460 / count),
    height: { step: 24 },
    data: { values: rows },
    encoding: {
      y: {
        field: "label",
        type: "nominal",
        sort: order,
        title: null,
        axis: index === 0 ? { ticks: false, domain: false } : null,
      },
    },
    layer: [
      {
        mark: { type: "bar", height: 16 },
        encoding: {
          x: { field: "median", ...x },
          color: {
            condition: { test: "datum.ours", value: ours },
            value: others,
          },
        },
      },
      {
        mark: { type: "rule", color: "#495057" },
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
  const sizes = [...new Set(outcomes.map(({ size }) => size!))];
  const labels = [...new Set(points.map(({ label }) => label))];
  return {
    ...look,
    title: { text: workload.title, subtitle: "less is better" },
    width: 460,
    height: 300,
    data: { values: points },
    mark: { type: "line", point: true },
    encoding: {
      x: {
        field: "size",
        type: "quantitative",
        scale: { type: "log" },
        axis: { values: sizes, title: "n", grid: false },
      },
      y: {
        field: "median",
        type: "quantitative",
        scale: { type: "log" },
        title: `${metric.title}, ${metric.unit}`,
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

/** A color for each label, in the order in which the labels first occur. */
function lineColors(points: readonly Outcome[]): string[] {
  const isOurs = new Map(points.map(({ label, ours }) => [label, ours]));
  let ourCount = 0;
  let otherCount = 0;
  return [...isOurs.values()].map((ours) =>
    ours ? ourLines[ourCount++ % ourLines.length]! : otherLines[otherCount++ % otherLines.length]!
  );
}
