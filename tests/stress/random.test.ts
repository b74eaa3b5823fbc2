/** Random operations: no wait resolves early, and none is lost. */

import { assertEquals, assertGreater } from "@std/assert";
import { describeForDrivers } from "../support/drivers.ts";
import { run } from "../support/programs.ts";
import { scaled } from "../support/scale.ts";

const operations = scaled(15_000);

describeForDrivers("EpollIOManager with random operations", (it, driver) => {
  it(`behaves like its model for ${operations} operations`, async () => {
    const args = [driver, String(operations)];
    const { code, output } = await run("random_operations", { args });
    assertEquals(code, 0, output);
    const { staleEvents, resolved, calls } = JSON.parse(output);
    assertGreater(staleEvents, 0);
    assertGreater(resolved, operations / 20);
    assertGreater(calls, operations / 20);
  });
});
