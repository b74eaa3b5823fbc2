/** A stream in a terminated Worker. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as os from "../../src/os/mod.ts";
import { countFdsOf, Fds } from "../support/fds.ts";
import { until } from "../support/event_loop.ts";
import { startWorker } from "../support/workers.ts";

describe("FdStream in a terminated Worker", () => {
  it("leaves only the given descriptor open", async () => {
    using fds = new Fds();
    const [readFd, writeFd] = fds.pipe();
    os.setNonblocking(readFd, false);
    // The stream opens another descriptor of the pipe.
    const without = countFdsOf(readFd);
    using worker = startWorker("take_over");
    worker.postMessage(readFd);
    assertEquals(await worker.next(), readFd);
    assertEquals(countFdsOf(readFd), without + 1);
    worker.terminate();
    await until(() => countFdsOf(readFd) === without, () => new Error("It left one open"));
    assertEquals(os.write(writeFd, new Uint8Array(1)), 1);
  });
});
