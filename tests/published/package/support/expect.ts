/** The output of the programs in `tests/published/package/consumers`. */

import { assertMatch } from "@std/assert";
import { reportSkip } from "../../../support/skip.ts";

/** Checks the output of `drivers.ts`. Prints a note if the kernel refused io_uring. */
export function assertDriversWork(output: string): void {
  assertMatch(output, /^auto: ok, TimeoutError, (uv|uring|thread)$/m);
  assertMatch(output, /^uring: (ok, TimeoutError, uring|refused: .*)$/m);
  assertMatch(output, /^thread: ok, TimeoutError, thread$/m);
  assertMatch(output, /^manual: ok, TimeoutError$/m);
  assertMatch(output, /^default manager: ok$/m);
  reportRefusal(output);
}

/** Checks the output of `in_worker.ts`. */
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
