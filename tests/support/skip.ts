/** Tests that don't run here, and why. `_tools/run_tests.ts` lists each once, at the end. */

import { describe } from "@std/testing/bdd";

/** Says that `name` isn't tested, and why. */
export function reportSkip(name: string, reason: string): void {
  console.log(`SKIPPED ${name}: ${reason}`);
}

/** The suite `name`, unless there is a reason to skip it. */
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
