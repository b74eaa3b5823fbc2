/** Eight Workers share a listening socket, and serve all connections. */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { it } from "@std/testing/bdd";
import { localPort } from "../../src/os/mod.ts";
import { serve } from "../support/eight_workers.ts";
import { describeForModes } from "../support/trigger_modes.ts";
import { run } from "../support/programs.ts";
import { scaled } from "../support/scale.ts";

const count = scaled(5000);

describeForModes("ExclusiveWaiter in eight Workers with a shared socket", (options) => {
  it(`loses none of ${count} connections from another process`, async () => {
    const { wakeups, connections } = await serve(options, async (listener) => {
      const args = [localPort(listener), count, 64].map(String);
      const { code, output } = await run("exclusive_load", { args });
      assertEquals([code, output], [0, `${count} of ${count} answered\n`]);
    });
    assertEquals(connections, count);
    assertGreaterOrEqual(wakeups, 1);
  });
});
