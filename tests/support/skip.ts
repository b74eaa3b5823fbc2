/** Skips tests with a reason. `_tools/run_tests.ts` lists each skip once, at the end. */

import { describe } from "@std/testing/bdd";

/** Reports that `name` isn't tested, and why. */
export function reportSkip(name: string, reason: string): void {
  console.log(`SKIPPED ${name}: ${reason}`);
}

/** Registers the suite `name`, which is skipped if there is a `reason`. */
export function describeUnless(
  reason: string | undefined,
  name: string,
  body: () => void,
): void {
  if (reason === undefined) {
    describe(name, body);
    return;
  }
  reportSkip(name, reason);
  describe.skip(name, body);
}
