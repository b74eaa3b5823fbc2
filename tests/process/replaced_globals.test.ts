/** What programs and tests replace after the import freezes no wait. */

import { assertEquals } from "@std/assert";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { run } from "../support/programs.ts";

describeForDrivers("a wait goes on", (it, driver) => {
  for (const way of ["process", "timers", "frozen prototypes"]) {
    it(`though globals are replaced: ${way}`, async () => {
      const result = await run("replaced_globals", { args: [way, driver] });
      const output = "false TypeError true\n" +
        "ClosedResourceError BusyResourceError ClosedResourceError\n";
      assertEquals(result, { code: 0, signal: null, output });
    });
  }
}, selfRunning);
