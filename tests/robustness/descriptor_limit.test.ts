/** A process at its limit of descriptors: it fails with EMFILE, and leaves nothing behind. */

import { assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { describeForDrivers } from "../support/drivers.ts";
import { run } from "../support/programs.ts";

/** More than a manager, its doorbell's Worker and a remote wakeup for it open. */
const plenty = 13;

describeForDrivers("EpollIOManager at the limit of descriptors", (it, driver) => {
  it("works if enough are left, and fails with EMFILE otherwise", async () => {
    const { output, code } = await run("descriptor_limit", { args: [driver] });
    assertEquals(code, 0, output);
    let needed = Infinity;
    for (const { left, outcome } of JSON.parse(output)) {
      if (outcome.startsWith("used")) needed = Math.min(needed, left);
      assertMatch(outcome, left < needed ? /^EMFILE \w+$/ : /^used/, `with ${left} left`);
    }
    assertGreater(needed, 2);
    assertLess(needed, plenty);
  });
});

describe("waits at the limit of descriptors", () => {
  it("reject while the default manager can't be created, and work afterwards", async () => {
    const { output, code } = await run("default_manager_at_limit");
    assertEquals(code, 0, output);
    assertEquals(JSON.parse(output), {
      codes: ["EMFILE", "EMFILE", "EMFILE", "EMFILE"],
      ready: { readable: false, writable: true, priority: false, hangup: false, error: false },
    });
  });
});
