/** A process at its limit of descriptors: EMFILE for what doesn't fit, and nothing left behind. */

import { assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { describeForDrivers } from "../support/drivers.ts";
import { run } from "../support/programs.ts";

/** More than a manager opens, a remote for it included. */
const plenty = 8;

describeForDrivers("at the limit of descriptors", (it, driver) => {
  it("a manager works with what it needs, and refuses with any fewer", async () => {
    const { output, code } = await run("descriptor_limit", { args: [driver] });
    assertEquals(code, 0, output);
    let needed = Infinity;
    for (const { left, outcome, leaked } of JSON.parse(output)) {
      if (outcome.startsWith("used")) needed = Math.min(needed, left);
      assertMatch(outcome, left < needed ? /^EMFILE \w+$/ : /^used/, `with ${left} left`);
      assertEquals(leaked, 0, `with ${left} left`);
    }
    assertGreater(needed, 2);
    assertLess(needed, plenty);
  });
});
