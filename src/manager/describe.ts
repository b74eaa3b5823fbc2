/** A manager in words. */

import { describeFd } from "../ffi/errors.ts";
import type { Claim } from "./claim.ts";
import { namesOf } from "./readiness.ts";

/** Describes a manager by its `state` and its waits, a line for each. */
export function describe(state: string, claims: Iterable<Claim>): string {
  const lines = Array.from(claims, (claim) => `  ${subject(claim)}${claim.held ? "" : ", unref"}`);
  const count = lines.length === 1 ? "1 wait" : `${lines.length} waits`;
  return [`EpollIOManager, ${state}, ${count}`, ...lines].join("\n");
}

function subject({ fd, events, once }: Claim): string {
  if (fd === -1) return "a forced wakeup";
  const target = `fd ${fd}, ${describeFd(fd) ?? "closed"}`;
  if (once) return `${target}, ${events === 0 ? "a timeout" : namesOf(events)}`;
  return `${target}, ${events === 0 ? "a paused watch" : `watched for ${namesOf(events)}`}`;
}
