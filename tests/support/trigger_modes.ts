/** Runs the same tests in both trigger modes. */

import { describe } from "@std/testing/bdd";
import type { ExclusiveWaiterOptions } from "../../mod.ts";

/** Registers the suite `name` once for level-triggered waiters and once for edge-triggered ones. */
export function describeForModes(
  name: string,
  body: (options: ExclusiveWaiterOptions) => void,
): void {
  for (const edgeTriggered of [false, true]) {
    describe(`${name} [${edgeTriggered ? "edge" : "level"}]`, () => body({ edgeTriggered }));
  }
}
