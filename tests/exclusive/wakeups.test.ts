/** Eight sleeping Workers share a listening socket. Each connection wakes one of them. */

import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { it } from "@std/testing/bdd";
import { notifyClosing, waitReadable } from "../../mod.ts";
import { close, read } from "../../src/os/mod.ts";
import { serve, workerCount } from "../support/eight_workers.ts";
import { connectTo } from "../support/libc.ts";
import { describeForModes } from "../support/trigger_modes.ts";
import { allAsleep, instancesWith } from "../support/threads.ts";

describeForModes("ExclusiveWaiter in eight Workers with a shared socket", (options) => {
  it("wakes at most 1.05 Workers per connection when all of them wait", async () => {
    const { wakeups, connections } = await serve(options, async (listener) => {
      const instances = instancesWith(listener);
      assertEquals(instances.length, workerCount);
      for (let round = 0; round < 200; round++) {
        await allAsleep(instances);
        const connection = connectTo(listener);
        await waitReadable(connection);
        assertEquals(read(connection, new Uint8Array(2)), 1);
        notifyClosing(connection);
        close(connection);
      }
    });
    assertEquals(connections, 200);
    assertGreaterOrEqual(wakeups, 200);
    assertLessOrEqual(wakeups, 210);
  });
});
