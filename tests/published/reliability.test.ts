/** The table in docs/reliability.md, from recorded figures. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { reliabilityTable } from "../../_tools/figures/reliability_tables.ts";
import type { Figures, Recorded, Trial } from "../support/record.ts";

const figures: Readonly<Record<Trial, Figures>> = {
  faults: { failures: 40, lost: 0 },
  load: { held: 19_800, hard: 20_000, events: 1000, lost: 3, leaked: 0, before: 100, after: 103 },
  signals: { sent: 1000, roundTrips: 5000, stuck: 1, leaked: 1 },
  soak: { seconds: 181, events: 5_000_000, lost: 0, leaked: 0, early: 50e6, late: 51.6e6 },
  stress: { operations: 500_000, resolved: 90_000, lost: 0 },
  terminated: { workers: 250, left: 0 },
};

/** Records of all trials on two runtimes, each with two drivers. */
function records(changes: Partial<Recorded> = {}): Recorded[] {
  const trials = Object.keys(figures) as Trial[];
  return trials.flatMap((trial) =>
    (["deno", "bun"] as const).map((runtime) => ({
      ...{ trial, runtime, version: runtime === "deno" ? "2.9.6" : "1.4.5" },
      host: "a machine with 2 cores of an abacus, Linux 6.18",
      drivers: { uring: figures[trial], thread: figures[trial] },
      ...(trial === "stress" && runtime === "deno" ? changes : {}),
    }))
  );
}

function cells(table: string, text: string): string[] {
  const line = table.split("\n").find((line) => line.includes(text));
  assert(line !== undefined, `There is no row about ${text}`);
  return line.split("|").slice(2, -1).map((cell) => cell.trim());
}

describe("reliabilityTable()", () => {
  it("adds up drivers, and the losses of all runtimes", () => {
    const table = reliabilityTable(records());
    assertEquals(cells(table, "random steps"), ["1,000,000", "1,000,000", "0"]);
    assertEquals(cells(table, "of the 20,000 that this machine"), ["19,800", "19,800", "0"]);
    assertEquals(cells(table, "events delivered"), ["2,000", "2,000", "12"]);
    assertEquals(cells(table, "signals"), ["2,000", "2,000", "8"]);
    assertEquals(cells(table, "memory after these events"), ["+3 %", "+3 %", ""]);
    assertEquals(cells(table, "events in 3 minutes"), ["10,000,000", "10,000,000", "0"]);
  });

  it("says which machine it was", () => {
    const where =
      "On a machine with 2 cores of an abacus, Linux 6.18, with Deno 2.9.6 and Bun 1.4.5.";
    assert(reliabilityTable(records()).endsWith(`\n\n${where}`));
  });

  it("throws if figures are missing, or come from several machines or versions", () => {
    for (
      const changes of [{ version: "2.9.5" }, { host: "a slide rule" }]
    ) {
      assertThrows(() => reliabilityTable(records(changes)), Error, "more than one");
    }
    const some = records().filter(({ trial }) => trial !== "soak");
    assertThrows(() => reliabilityTable(some), Error, "Nothing is recorded of soak");
  });
});
