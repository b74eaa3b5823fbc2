/** Garbage collection while many waits are pending. */

import { assertEquals } from "@std/assert";
import { describeForDrivers, type Driver } from "../support/drivers.ts";
import { countFds, noMoreFdsThan } from "../support/fds.ts";
import { collectGarbage } from "../support/garbage.ts";
import { openManager } from "../support/managers.ts";
import { Pool } from "../support/pool.ts";
import { asleep } from "../support/waits.ts";

const waits = 10_000;

/** Collects garbage while a manager sleeps, with `size` pending waits. */
async function collectWhileWaiting(driver: Driver, size: number): Promise<void> {
  await using manager = openManager(driver, { busyPoll: 0 });
  const pool = new Pool(manager, size);
  for (let round = 0; round < 3; round++) {
    // Asleep, so that only the kernel refers to the buffers that it will write to.
    await asleep(manager);
    collectGarbage();
    collectGarbage();
    for (let index = 0; index < size; index++) pool.post(index);
    await pool.settled();
  }
  assertEquals(manager.statistics().events, 3 * size);
  assertEquals(manager.statistics().tasksWaitingRead, size);
  await pool.close();
}

describeForDrivers(`waitReadable() with ${waits} pending waits`, (it, driver) => {
  it("survives garbage collection", async () => {
    await collectWhileWaiting(driver, 1); // opens what is opened once
    const before = countFds();
    await collectWhileWaiting(driver, waits);
    await noMoreFdsThan(before);
  });
});
