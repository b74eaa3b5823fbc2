/** Formats limits and results as tables. */

import { rounded } from "../../bench/support/statistics.ts";
import { markdownTable, table } from "./table.ts";

/** A limit and its measurement. `met` is missing if nothing was measured. */
export interface Verdict {
  readonly text: string;
  readonly atMost: number;
  readonly unit?: string;
  readonly measured?: number;
  readonly met?: boolean;
}

/** Explanations of missed limits, by the limits' texts. */
export type Reasons = Readonly<Record<string, string>>;

/** Returns a table for the terminal, followed by the explanation of each missed limit. */
export function verdictTable(verdicts: readonly Verdict[], reasons: Reasons): string {
  const header = ["what it must show", "at most", "measured", ""];
  return table(header, cells(verdicts, "NOT MET")) + missedOnes(verdicts, reasons);
}

/** Returns the same for a page. */
export function limitTable(verdicts: readonly Verdict[], reasons: Reasons): string {
  const header = ["", "at most", "measured", ""];
  return markdownTable(header, cells(verdicts, "missed")) + missedOnes(verdicts, reasons);
}

function missedOnes(verdicts: readonly Verdict[], reasons: Reasons): string {
  const missed = verdicts.filter(({ met }) => met === false)
    .map(({ text }) => `- ${text}: ${reasons[text] ?? "no reason known yet"}`);
  return missed.length === 0 ? "" : `\n\nMissed:\n\n${missed.join("\n")}`;
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
