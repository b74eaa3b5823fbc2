/** Workers that end by themselves, in code that a manager calls or resumes. */

import { assertEquals } from "@std/assert";
import { describeForDrivers, workerDrivers } from "../support/drivers.ts";
import { run, runtime } from "../support/programs.ts";

const endings: [way: string, prints: string][] = [
  ["exitInListener", "ended with 5"],
  ["exitAfterWait", "ended with 5"],
  ["naturally", "ended with 0"],
  ["terminatedByListener", "ended with 1"],
];

/** Deno also prints the error. */
const errors: [way: string, prints: string][] = runtime === "deno" ? [] : [
  ["throwInListener", "uncaught on purpose\nended with 1"],
  ["throwAfterWait", "uncaught on purpose\nended with 1"],
];

describeForDrivers("a Worker that waits", (it, driver) => {
  for (const [way, prints] of [...endings, ...errors]) {
    it(`ends alone: ${way}`, async () => {
      const result = await run("ending_worker", { args: [way, driver] });
      assertEquals(result, { code: 0, signal: null, output: `${prints}\n` });
    });
  }
}, workerDrivers);
