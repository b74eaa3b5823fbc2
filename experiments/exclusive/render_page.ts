/** What a run of the experiment puts into docs/exclusive.md. */

import type { Places } from "../../_tools/figures/fill_page.ts";
import { markdownTable } from "../../_tools/figures/table.ts";
import { header } from "./measurements.ts";
import type { Verdict } from "./hypotheses.ts";

interface Findings {
  readonly where: string;
  readonly rows: readonly (readonly string[])[];
  readonly claims: readonly Verdict[];
}

/** Where and what was measured, and what it says of the claims, for the places of the page. */
export function findings({ where, rows, claims }: Findings): Places {
  return {
    run:
      `Written by \`deno task experiment:exclusive\`, with the figures of its last run: ${where}.`,
    wakeups: markdownTable(header, rows, 3),
    claims: claims.map(({ claim, verdict, figures }) =>
      `- **${verdict}**: ${claim}. ${capital(figures)}.`
    ).join("\n"),
  };
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
