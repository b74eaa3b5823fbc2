/** Workers that are terminated while managers of theirs wait. */

import { assertEquals, assertLessOrEqual } from "@std/assert";
import { it } from "@std/testing/bdd";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { run } from "../support/programs.ts";

/**
 * What a terminated isolate can't close: an epoll instance, a wakeup and up to three descriptors of the
 * doorbell, and the two that the Worker waits for.
 */
const leftByEach = 7;

describeForDrivers("250 Workers terminated at random points", (driver) => {
  it("neither hang nor crash the process, and leave what they had open and no more", async () => {
    const { code, signal, output } = await run("terminate_workers", { args: [driver, "250"] });
    assertEquals({ code, signal }, { code: 0, signal: null }, output);
    assertLessOrEqual(JSON.parse(output).left, leftByEach);
  });
}, selfRunning);
