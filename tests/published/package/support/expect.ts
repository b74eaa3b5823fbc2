/** What the programs of `tests/published/package/consumers` print. */

import { assertMatch } from "@std/assert";
import { reportSkip } from "../../../support/skip.ts";

/** Checks the output of `drivers.ts`; prints that the kernel refused io_uring, if it has. */
export function assertDriversWork(output: string): void {
  assertMatch(output, /^auto: ok, TimeoutError, (uring|thread)$/m);
  assertMatch(output, /^uring: (ok, TimeoutError, uring|refused: .*)$/m);
  assertMatch(output, /^thread: ok, TimeoutError, thread$/m);
  assertMatch(output, /^manual: ok, TimeoutError$/m);
  assertMatch(output, /^default manager: ok$/m);
  reportRefusal(output);
}

/** The same for `in_worker.ts`. */
export function assertWorkerWorks(output: string): void {
  assertMatch(output, /^auto: ok$/m);
  assertMatch(output, /^uring: (ok|refused: .*)$/m);
  assertMatch(output, /^thread: ok$/m);
  assertMatch(output, /^default manager: ok$/m);
  reportRefusal(output);
}

function reportRefusal(output: string): void {
  const refusal = /^uring: refused: (.*)$/m.exec(output)?.[1];
  if (refusal !== undefined) reportSkip('the driver "uring"', refusal);
}
