/** The table: each pattern with each kind of waiter. */

import type { Counts } from "./workers.ts";
import { measure, type Pattern, patterns } from "./patterns.ts";
import type { Registration } from "./shared.ts";

/** One row of the table. */
export interface Cell {
  readonly pattern: Pattern;
  readonly registration: Registration;
  readonly edgeTriggered: boolean;
  readonly counts: Counts;
}

/** Measures all of them. */
export async function measureCells(): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const pattern of Object.values(patterns)) {
    for (const registration of ["plain", "exclusive", "library"] as const) {
      if (registration === "library" && pattern.needsGate) continue;
      for (const edgeTriggered of [false, true]) {
        const counts = await measure(pattern, { registration, options: { edgeTriggered } });
        cells.push({ pattern, registration, edgeTriggered, counts });
      }
    }
  }
  return cells;
}

export const header: readonly string[] = [
  "connections come",
  "waiters",
  "trigger",
  "wakeups per connection",
  "found nothing",
  "context switches per connection",
  "connections of each Worker",
];

/** `cell` under {@linkcode header}. */
export function row({ pattern, registration, edgeTriggered, counts }: Cell): string[] {
  return [
    pattern.name,
    { plain: "plain", exclusive: "EPOLLEXCLUSIVE", library: "ExclusiveWaiter" }[registration],
    edgeTriggered ? "edge" : "level",
    (counts.wakeups / pattern.total).toFixed(2),
    String(counts.empty),
    // Where calling the Workers away has been subtracted, a little less than nothing may be left.
    Math.max(counts.contextSwitches / pattern.total, 0).toFixed(2),
    counts.connections.join(" "),
  ];
}
