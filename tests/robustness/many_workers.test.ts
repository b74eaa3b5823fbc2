/** Many isolates at once, each with its own managers. */

import { assertEquals } from "@std/assert";
import { describeForDrivers, workerDrivers } from "../support/drivers.ts";
import { startWorker } from "../support/workers.ts";

describeForDrivers("EpollIOManager in 16 Workers at once", (it, driver) => {
  it("resolves the waits of each", async () => {
    const workers = Array.from({ length: 16 }, () => startWorker("use_manager"));
    for (const worker of workers) worker.postMessage({ driver, busyPoll: 0 });
    assertEquals(await Promise.all(workers.map((worker) => worker.next())), Array(16).fill(5));
    for (const worker of workers) worker.terminate();
  });
}, workerDrivers);
