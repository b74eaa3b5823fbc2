/** Managers inside the user's own Workers. */

import { assertEquals } from "@std/assert";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { startWorker } from "../support/workers.ts";

describeForDrivers("a manager in a Worker", (it, driver) => {
  it("serves waits there, in four Workers at once", async () => {
    const workers = Array.from({ length: 4 }, () => startWorker("use_manager"));
    for (const worker of workers) worker.postMessage({ driver, busyPoll: 0 });
    assertEquals(await Promise.all(workers.map((worker) => worker.next())), [5, 5, 5, 5]);
    for (const worker of workers) worker.terminate();
  });
}, selfRunning);
