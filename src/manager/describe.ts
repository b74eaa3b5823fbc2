/** A manager in words. */

import { fdTarget } from "../ffi/libc.ts";
import type { Waiter } from "./waiter.ts";

/** Describes a manager by its `state` and its waits, a line for each. */
export function describe(state: string, waiters: Iterable<Waiter>): string {
  const lines = Array.from(waiters, (waiter) => `  ${subject(waiter)}`);
  const count = lines.length === 1 ? "1 wait" : `${lines.length} waits`;
  return [`EpollIOManager, ${state}, ${count}`, ...lines].join("\n");
}

function subject({ fd, direction }: Waiter): string {
  if (fd === undefined) return "a forced wakeup";
  return `fd ${fd}, ${fdTarget(fd) ?? "closed"}, ${direction}`;
}
