/** What has become of limits, as tables. */

import { rounded } from "./statistics.ts";
import { markdownTable, table } from "./table.ts";

/** A limit, looked at after measuring. `met` is missing if nothing has been measured. */
export interface Verdict {
  readonly text: string;
  readonly atMost: number;
  readonly unit?: string;
  readonly measured?: number;
  readonly met?: boolean;
}

/** The table for the terminal. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return table(["what it must show", "at most", "measured", ""], cells(verdicts, "NOT MET"));
}

/** A table of `verdicts`, and below it, of each that is missed, the reason. */
export function limitTable(
  verdicts: readonly Verdict[],
  reasons: Readonly<Record<string, string>>,
): string {
  const rows = cells(verdicts, "missed");
  const all = markdownTable(["", "at most", "measured", ""], rows);
  const missed = verdicts.filter(({ met }) => met === false)
    .map(({ text }) => `- ${text}: ${reasons[text] ?? "no reason known yet"}`);
  return missed.length === 0 ? all : `${all}\n\nMissed:\n\n${missed.join("\n")}`;
}

function cells(verdicts: readonly Verdict[], missed: string): string[][] {
  return verdicts.map(({ text, atMost, unit, measured, met }) => [
    text,
    withUnit(String(atMost), unit),
    measured === undefined ? "" : withUnit(rounded(measured), unit),
    met === undefined ? "not measured" : met ? "met" : missed,
  ]);
}

function withUnit(value: string, unit: string | undefined): string {
  return unit === undefined ? value : `${value} ${unit}`;
}
