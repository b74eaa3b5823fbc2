/** Many isolates at once, each with managers of its own. */

import { assertEquals } from "@std/assert";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { startWorker } from "../support/workers.ts";

describeForDrivers("16 managers in 16 Workers", (it, driver) => {
  it("serve their waits at once, each its own", async () => {
    const workers = Array.from({ length: 16 }, () => startWorker("use_manager"));
    for (const worker of workers) worker.postMessage({ driver, busyPoll: 0 });
    assertEquals(await Promise.all(workers.map((worker) => worker.next())), Array(16).fill(5));
    for (const worker of workers) worker.terminate();
  });
}, selfRunning);
