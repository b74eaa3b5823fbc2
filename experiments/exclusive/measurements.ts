/** The table: each pattern with each kind of waiter. */

import type { Counts } from "./workers.ts";
import { measure, type Pattern, patterns } from "./patterns.ts";
import type { Registration } from "./shared.ts";

/** A row of the table. */
export interface Measurement {
  readonly pattern: Pattern;
  readonly registration: Registration;
  readonly edgeTriggered: boolean;
  readonly counts: Counts;
}

/** Measures all rows. */
export async function measureAll(): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const pattern of Object.values(patterns)) {
    for (const registration of ["plain", "exclusive", "library"] as const) {
      if (registration === "library" && pattern.needsBarrier) continue;
      for (const edgeTriggered of [false, true]) {
        const counts = await measure(pattern, { registration, options: { edgeTriggered } });
        measurements.push({ pattern, registration, edgeTriggered, counts });
      }
    }
  }
  return measurements;
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

/** The measurements of a row, under {@linkcode header}. */
export function row({ pattern, registration, edgeTriggered, counts }: Measurement): string[] {
  return [
    pattern.name,
    { plain: "plain", exclusive: "EPOLLEXCLUSIVE", library: "ExclusiveWaiter" }[registration],
    edgeTriggered ? "edge" : "level",
    (counts.wakeups / pattern.total).toFixed(2),
    String(counts.empty),
    // The cost of the barrier was subtracted, so the result can be slightly negative.
    Math.max(counts.contextSwitches / pattern.total, 0).toFixed(2),
    counts.connections.join(" "),
  ];
}
