/** Programs and tests may replace globals after the import. */

import { assertEquals } from "@std/assert";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { run } from "../support/programs.ts";

describeForDrivers("waitReadable() after globals were replaced", (it, driver) => {
  for (const way of ["process", "timers", "frozen prototypes"]) {
    it(`resolves and rejects as before: ${way}`, async () => {
      const result = await run("replaced_globals", { args: [way, driver] });
      const output = "false TypeError true\n" +
        "ClosedResourceError BusyResourceError ClosedResourceError\n";
      assertEquals(result, { code: 0, signal: null, output });
    });
  }
}, selfRunning);
