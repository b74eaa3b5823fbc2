/** What is said about EPOLLEXCLUSIVE, held against the figures of a run. */

import type { Cell } from "./cells.ts";
import { workerCount } from "./crew.ts";
import { type AcceptingOne, type Pattern, patterns } from "./patterns.ts";
import type { Registration } from "./shared.ts";

export interface Verdict {
  readonly claim: string;
  readonly verdict: "Confirmed" | "Refuted";
  readonly figures: string;
}

/** Judges each claim by `cells`, and by what became of those who accept one at a wakeup. */
export function verdicts(
  cells: readonly Cell[],
  one: { readonly level: AcceptingOne; readonly edge: AcceptingOne },
): Verdict[] {
  const both = (pattern: Pattern, registration: Registration, value: (cell: Cell) => number) =>
    [false, true].map((edgeTriggered) => {
      const cell = cells.find((cell) =>
        cell.pattern === pattern && cell.registration === registration &&
        cell.edgeTriggered === edgeTriggered
      );
      return value(cell!);
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
      claim: "With EPOLLEXCLUSIVE one waiter is woken for one connection, not all",
      verdict: verdict(max(single) <= 1.05 && max(singleSwitches) < 2),
      figures: `${shown(single)} wakeups and ${shown(singleSwitches)} context switches for each ` +
        "connection that comes while all wait",
    },
    {
      claim: "With EPOLLEXCLUSIVE the waiters are woken one after another, in turn",
      verdict: verdict(max(share) < 2 / workerCount),
      figures: `the busiest Worker got ${percent(share)} of the connections that came one at a ` +
        "time. The kernel begins at the head of the queue each time, so whoever registered first " +
        "gets everything until it is busy. What is spread is load, not connections",
    },
    {
      claim: "Without EPOLLEXCLUSIVE all waiters race",
      verdict: verdict(Math.min(...herd) > workerCount / 2),
      figures: `${shown(herd)} context switches for each connection: nearly all of the ` +
        `${workerCount} threads run. Fewer return from epoll_wait, ${shown(herdWakeups)} times ` +
        "for each connection, since the kernel looks again before it returns and lets the thread " +
        "sleep on if another was quicker",
    },
    {
      claim: "Two connections that arrive while all waiters are busy merge into one wakeup",
      verdict: verdict(max(merged) < 0.75),
      figures: `${shown(merged)} wakeups per connection, where 0.50 is one for each pair. ` +
        `Without EPOLLEXCLUSIVE it is the same, ${shown(mergedPlain)}: nobody was blocked, so ` +
        "nobody counted as woken, and all have the event noted",
    },
    {
      claim: "Two connections that arrive while all wait may wake only one thread",
      verdict: verdict(Math.min(...idlePairs) < 0.995),
      figures: `${shown(idlePairs)} wakeups per connection. The kernel calls a second thread, ` +
        "but if the first has taken both by the time it runs, it sleeps on",
    },
    {
      claim: "Accepting until EAGAIN is needed in edge-triggered mode",
      verdict: verdict(one.edge.stranded > 0),
      figures: `accepting one connection at each wakeup left ${one.edge.stranded} of a burst of ` +
        `${one.edge.burst} in the queue while all Workers slept`,
    },
    {
      claim: "Accepting until EAGAIN is needed in level-triggered mode too",
      verdict: verdict(one.level.stranded > 0 || one.level.late > one.level.pairs / 10),
      figures: `accepting one at each wakeup left ${one.level.stranded} of ${one.level.burst} in ` +
        "the queue: whoever was woken is told again at once when it waits again. Of " +
        `${one.level.pairs} pairs, ${one.level.late} had a second connection that waited for the ` +
        "first to be served. It is needed all the same for what this library promises: a Worker " +
        "that accepts one, and then does something else before it waits again, keeps the others " +
        "of a merged wakeup waiting",
    },
  ];
}

function wakeups({ counts, pattern }: Cell): number {
  return counts.wakeups / pattern.total;
}

function switches({ counts, pattern }: Cell): number {
  return counts.contextSwitches / pattern.total;
}

function largestShare({ counts, pattern }: Cell): number {
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
