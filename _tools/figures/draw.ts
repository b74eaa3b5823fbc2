/** Draws charts with Vega-Lite, for light and dark pages. */

import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { forLightAndDark, theme } from "./colors.ts";

/** A chart beside others. */
export type Panel = Extract<TopLevelSpec, { hconcat: unknown }>["hconcat"][number];

const text = theme.text.light;

/** The look of all charts. */
export const look = {
  background: theme.background.light,
  padding: 10,
  config: {
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: {
      labelFontSize: 12,
      labelColor: text,
      // A label that is pushed inwards isn't at its tick.
      labelFlush: false,
      labelLimit: 400,
      titleFontSize: 12,
      titleFontWeight: "normal",
      titleColor: text,
      domainColor: theme.rule.light,
      tickColor: theme.rule.light,
      gridColor: theme.grid.light,
    },
    legend: { labelFontSize: 12, labelLimit: 300, labelColor: text, symbolStrokeWidth: 3 },
    text: { color: text },
    title: {
      anchor: "start",
      fontSize: 14,
      color: text,
      subtitleFontSize: 12,
      subtitleColor: theme.faint.light,
    },
  },
} as const satisfies Partial<TopLevelSpec>;

/** Draws `spec` as an SVG. */
export async function draw(spec: TopLevelSpec): Promise<string> {
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: "none" });
  return forLightAndDark(await view.toSVG());
}
