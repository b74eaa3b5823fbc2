/** A stream whose Worker ends. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as os from "../../src/os/mod.ts";
import { countFdsOf, Fds } from "../support/fds.ts";
import { until } from "../support/event_loop.ts";
import { startWorker } from "../support/workers.ts";

describe("an FdStream of a terminated Worker", () => {
  it("leaves open the descriptor that it was given, and no other", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    os.setNonblocking(from, false);
    // Whatever else of the pipe is open is the stream's.
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
