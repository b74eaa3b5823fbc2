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

/** Explanations of missed limits, each with a pattern for the limits' texts. */
export type Reasons = readonly (readonly [text: RegExp, reason: string])[];

/** Returns a table for the terminal, followed by the explanation of each missed limit. */
export function verdictTable(verdicts: readonly Verdict[], reasons: Reasons): string {
  const header = ["what it must show", "at most", "measured", ""];
  return table(header, cells(verdicts, "NOT MET")) + missedOnes(verdicts, reasons);
}

/** Returns the same for a page. */
export function limitTable(verdicts: readonly Verdict[], reasons: Reasons): string {
  const header = ["Limit", "At most", "Measured", "Verdict"];
  return markdownTable(header, cells(verdicts, "missed")) + missedOnes(verdicts, reasons);
}

/** The missed limits, each reason once. */
function missedOnes(verdicts: readonly Verdict[], reasons: Reasons): string {
  const missed = new Map<string, string[]>();
  for (const { text } of verdicts.filter(({ met }) => met === false)) {
    const reason = reasons.find(([pattern]) => pattern.test(text))?.[1] ?? "no reason known yet.";
    missed.set(reason, [...missed.get(reason) ?? [], text]);
  }
  if (missed.size === 0) return "";
  const list = [...missed].map(([reason, texts]) => `- ${texts.join("; ")}: ${reason}`);
  return `\n\nMissed:\n\n${list.join("\n")}`;
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
