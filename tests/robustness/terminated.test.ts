/** Workers that are terminated while they wait. */

import { assertEquals, assertLess } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { describeForDrivers, workerDrivers } from "../support/drivers.ts";
import { run } from "../support/programs.ts";
import { record } from "../support/record.ts";
import { scaled } from "../support/scale.ts";

/**
 * A Worker can be terminated between opening a descriptor and recording that it has to be closed.
 */
const fewLeft = 5;

async function leavesNothing(means: string, workers: number): Promise<void> {
  const { code, signal, output } = await run("terminate_workers", {
    args: [means, `${workers}`],
    limit: 240_000,
  });
  assertEquals({ code, signal }, { code: 0, signal: null }, output);
  const { left } = JSON.parse(output);
  assertLess(left, fewLeft);
  record("terminated", means, { workers, left });
}

const [many, some] = [scaled(250), scaled(50)];

describeForDrivers(`terminate() at a random point of ${many} Workers`, (it, driver) => {
  it("neither hangs nor crashes the process, and leaves no descriptors open", async () => {
    await leavesNothing(driver, many);
  });
}, workerDrivers);

describe(`terminate() during an exclusive wait of ${some} Workers`, () => {
  it("neither hangs nor crashes the process, and leaves no descriptors open", async () => {
    await leavesNothing("exclusive", some);
  });
});
