/** Garbage collection while many waits are pending. */

import { assertEquals } from "@std/assert";
import { describeForDrivers } from "../support/drivers.ts";
import { countFds } from "../support/fds.ts";
import { collectGarbage } from "../support/garbage.ts";
import { openManager } from "../support/managers.ts";
import { Pool } from "../support/pool.ts";
import { turn } from "../support/event_loop.ts";

const waits = 10_000;

describeForDrivers(`waitReadable() with ${waits} pending waits`, (it, driver) => {
  it("survives garbage collection", async () => {
    const before = countFds();
    {
      await using manager = openManager(driver, { busyPoll: 0 });
      const pool = new Pool(manager, waits);
      for (let round = 0; round < 3; round++) {
        // Asleep, so that only the kernel refers to the buffers that it will write to.
        await turn();
        collectGarbage();
        await turn();
        collectGarbage();
        for (let index = 0; index < waits; index++) pool.post(index);
        await pool.settled();
      }
      assertEquals(manager.statistics().events, 3 * waits);
      assertEquals(manager.statistics().tasksWaitingRead, waits);
      await pool.close();
    }
    assertEquals(countFds(), before);
  });
});
