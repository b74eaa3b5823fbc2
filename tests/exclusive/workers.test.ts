/** One listening socket, eight Workers: all connections are served. */

import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { it } from "@std/testing/bdd";
import { localPort } from "../../src/os/mod.ts";
import { serve } from "../support/eight_workers.ts";
import { describeForModes } from "../support/trigger_modes.ts";
import { run } from "../support/programs.ts";
import { scaled } from "../support/scale.ts";

const count = scaled(5000);

describeForModes("eight Workers that share a listening socket", (options) => {
  it(`lose none of ${count} connections that another process makes`, async () => {
    const { wakeups, connections } = await serve(options, async (listener) => {
      const args = [localPort(listener), count, 64].map(String);
      const { code, output } = await run("exclusive_load", { args });
      assertEquals([code, output], [0, `${count} of ${count} answered\n`]);
    });
    assertEquals(connections, count);
    assertGreaterOrEqual(wakeups, 1);
  });
});
