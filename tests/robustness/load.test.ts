/** As many descriptors as a process may open, and a million events. */

import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { describeForDrivers, selfRunning } from "../support/drivers.ts";
import { run, runtime } from "../support/programs.ts";
import { record } from "../support/record.ts";
import { scaled } from "../support/scale.ts";
import { reportSkip } from "../support/skip.ts";

const descriptors = scaled(20_000);
const events = scaled(1_000_000);
/** How many descriptors the program leaves for other uses. */
const spare = 200;

/** The greatest factor of memory growth. */
const growth = 1.1;

describeForDrivers("waitReadable() under load", (it, driver) => {
  it("loses no event, and returns descriptors and memory", async () => {
    const args = [driver, descriptors, events, growth].map(String);
    const { output, code } = await run("pool_load", { args, exposeGc: true });
    assertEquals(code, 0, output);
    const result = JSON.parse(output);
    const { held, hard, lost, leaked, memory, seconds } = result;
    console.log(
      `${runtime} ${driver}: ${held} waiting at once, ${result.events} events, ${lost} lost, ` +
        `in ${seconds.toFixed(1)} s; ${memory.before} and then ${memory.after} bytes of memory`,
    );
    if (held < descriptors) {
      const reason = `ulimit -Hn is ${hard}, of which ${spare} are kept for other uses`;
      reportSkip(`waiting for more than ${held} descriptors at once`, reason);
    }
    assertEquals(held, Math.min(descriptors, hard - spare));
    assertEquals([lost, leaked], [0, 0]);
    assertGreaterOrEqual(result.events, events);
    if (memory.before > 0) assertLess(memory.after, growth * memory.before);
    else reportSkip("the memory under load", "Bun reads it from /proc/self/stat, which is qemu's");
    const figures = { held, hard, events: result.events, lost, leaked };
    record("load", driver, { ...figures, before: memory.before, after: memory.after });
  });
}, selfRunning);
