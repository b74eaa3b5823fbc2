/** What has become of limits, as tables. */

import { rounded } from "../../bench/support/statistics.ts";
import { markdownTable, table } from "./table.ts";

/** A limit, looked at after measuring. `met` is missing if nothing has been measured. */
export interface Verdict {
  readonly text: string;
  readonly atMost: number;
  readonly unit?: string;
  readonly measured?: number;
  readonly met?: boolean;
}

/** Why limits are missed, by their texts. */
export type Reasons = Readonly<Record<string, string>>;

/** A table for the terminal, and below it, of each limit that is missed, the reason. */
export function verdictTable(verdicts: readonly Verdict[], reasons: Reasons): string {
  const header = ["what it must show", "at most", "measured", ""];
  return table(header, cells(verdicts, "NOT MET")) + missedOnes(verdicts, reasons);
}

/** The same for a page. */
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
