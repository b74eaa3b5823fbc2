/** Hypotheses about EPOLLEXCLUSIVE, compared with measurements. */

import type { Measurement } from "./measurements.ts";
import { workerCount } from "./workers.ts";
import { type AcceptingOne, type Pattern, patterns } from "./patterns.ts";
import type { Registration } from "./shared.ts";

export interface Verdict {
  readonly hypothesis: string;
  readonly verdict: "Confirmed" | "Refuted";
  readonly figures: string;
}

/** Checks each hypothesis against the measurements. */
export function checkHypotheses(
  measurements: readonly Measurement[],
  one: { readonly level: AcceptingOne; readonly edge: AcceptingOne },
): Verdict[] {
  const both = (
    pattern: Pattern,
    registration: Registration,
    value: (measurement: Measurement) => number,
  ) =>
    [false, true].map((edgeTriggered) => {
      const measurement = measurements.find((measurement) =>
        measurement.pattern === pattern && measurement.registration === registration &&
        measurement.edgeTriggered === edgeTriggered
      );
      return value(measurement!);
    });
  const { oneAtATime, pairs, pairsWhileBusy } = patterns;
  const single = both(oneAtATime, "exclusive", wakeups);
  const singleSwitches = both(oneAtATime, "exclusive", switches);
  const share = both(oneAtATime, "exclusive", largestShare);
  const herd = both(oneAtATime, "plain", switches);
  const herdWakeups = both(oneAtATime, "plain", wakeups);
  const merged = both(pairsWhileBusy, "exclusive", wakeups);
  const mergedPlain = both(pairsWhileBusy, "plain", wakeups);
  const idlePairs = both(pairs, "exclusive", wakeups);

  return [
    {
      hypothesis: "With EPOLLEXCLUSIVE, one connection wakes one waiter, not all",
      verdict: verdict(max(single) <= 1.05 && max(singleSwitches) < 2),
      figures: `${shown(single)} wakeups and ${shown(singleSwitches)} context switches for each ` +
        "connection that comes while all waiters wait",
    },
    {
      hypothesis: "With EPOLLEXCLUSIVE, the waiters take turns",
      verdict: verdict(max(share) < 2 / workerCount),
      figures: `the busiest Worker got ${percent(share)} of the connections that came one at a ` +
        "time. The kernel begins at the head of the queue each time, so the Worker that registered " +
        "first gets every connection until it is busy",
    },
    {
      hypothesis: "Without EPOLLEXCLUSIVE, all waiters race",
      verdict: verdict(Math.min(...herd) > workerCount / 2),
      figures: `${shown(herd)} context switches for each connection: nearly all of the ` +
        `${workerCount} threads run. Fewer return from epoll_wait, ${shown(herdWakeups)} times ` +
        "for each connection: a thread sleeps on if another one was quicker, since the kernel looks " +
        "again before it returns",
    },
    {
      hypothesis: "Two connections that arrive while all waiters are busy merge into one wakeup",
      verdict: verdict(max(merged) < 0.75),
      figures: `${shown(merged)} wakeups per connection, where 0.50 is one for each pair. ` +
        `Without EPOLLEXCLUSIVE it is the same, ${shown(mergedPlain)}: no waiter was blocked, so ` +
        "the kernel woke none, and left the event with all of them",
    },
    {
      hypothesis: "Two connections that arrive while all wait may wake only one thread",
      verdict: verdict(Math.min(...idlePairs) < 0.995),
      figures:
        `${shown(idlePairs)} wakeups per connection. The kernel wakes a second thread, but that ` +
        "sleeps on if the first has taken both connections before it runs",
    },
    {
      hypothesis: "In edge-triggered mode, programs must accept until EAGAIN",
      verdict: verdict(one.edge.stranded > 0),
      figures:
        `when they accepted one connection for each wakeup, ${one.edge.stranded} of a burst ` +
        `of ${one.edge.burst} stayed in the queue while all Workers slept`,
    },
    {
      hypothesis: "In level-triggered mode too, programs must accept until EAGAIN",
      verdict: verdict(one.level.stranded > 0 || one.level.late > one.level.pairs / 10),
      figures: `when they accepted one connection for each wakeup, ${one.level.stranded} of ` +
        `${one.level.burst} stayed in the queue: a waiter that waits again is woken again at once. ` +
        `Of ${one.level.pairs} pairs, ${one.level.late} had a second connection that had to wait ` +
        "until the first was served. Accept until EAGAIN all the same: a Worker that accepts one " +
        "connection, and then does something else before it waits again, keeps the others waiting",
    },
  ];
}

function wakeups({ counts, pattern }: Measurement): number {
  return counts.wakeups / pattern.total;
}

function switches({ counts, pattern }: Measurement): number {
  return counts.contextSwitches / pattern.total;
}

function largestShare({ counts, pattern }: Measurement): number {
  return Math.max(...counts.connections) / pattern.total;
}

function max(values: readonly number[]): number {
  return Math.max(...values);
}

function shown([level, edge]: readonly number[]): string {
  return `${level!.toFixed(2)} (level) and ${edge!.toFixed(2)} (edge)`;
}

function percent([level, edge]: readonly number[]): string {
  return `${Math.round(100 * level!)} % (level) and ${Math.round(100 * edge!)} % (edge)`;
}

function verdict(holds: boolean): Verdict["verdict"] {
  return holds ? "Confirmed" : "Refuted";
}
