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
    const [from, to] = fds.pipe();
    os.setNonblocking(from, false);
    // The stream opens another descriptor of the pipe.
    const without = countFdsOf(from);
    using worker = startWorker("take_over");
    worker.postMessage(from);
    assertEquals(await worker.next(), from);
    assertEquals(countFdsOf(from), without + 1);
    worker.terminate();
    await until(() => countFdsOf(from) === without, () => new Error("It left one open"));
    assertEquals(os.write(to, new Uint8Array(1)), 1);
  });
});
