/** A manager in words. */

import { fdTarget } from "../ffi/libc.ts";
import type { Waiter } from "./waiter.ts";

/** Describes a manager by its `state` and its waits, a line for each. */
export function describe(state: string, waiters: Iterable<Waiter>): string {
  const now = performance.now();
  const lines = Array.from(waiters, (waiter) => `  ${subject(waiter)}, since ${age(waiter, now)}`);
  const count = lines.length === 1 ? "1 wait" : `${lines.length} waits`;
  return [`EpollIOManager, ${state}, ${count}`, ...lines].join("\n");
}

function subject({ interest, direction }: Waiter): string {
  if (interest === undefined) return "a forced wakeup";
  return `fd ${interest.fd}, ${fdTarget(interest.fd) ?? "closed"}, ${direction}`;
}

function age({ since }: Waiter, now: number): string {
  if (since.time === undefined) return "just now";
  const milliseconds = now - since.time;
  return milliseconds < 1000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}
