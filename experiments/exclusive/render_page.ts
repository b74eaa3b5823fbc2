/** The part of the README that a run of the experiment updates. */

import type { Places } from "../../_tools/figures/fill_page.ts";
import { markdownTable } from "../../_tools/figures/table.ts";
import { header } from "./measurements.ts";
import type { Verdict } from "./hypotheses.ts";

interface Results {
  readonly where: string;
  readonly rows: readonly (readonly string[])[];
  readonly hypotheses: readonly Verdict[];
}

/** The machine, the measurements and the checkHypotheses, for the places of the page. */
export function renderPlaces({ where, rows, hypotheses }: Results): Places {
  return {
    run:
      `Written by \`deno task experiment:exclusive\`, with the figures of its last run: ${where}.`,
    wakeups: markdownTable(header, rows, 3),
    claims: hypotheses.map(({ hypothesis, verdict, figures }) =>
      `- **${verdict}**: ${hypothesis}. ${capital(figures)}.`
    ).join("\n"),
  };
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
