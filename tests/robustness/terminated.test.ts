/** Workers that are terminated at any moment, beside others that keep working. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Activity } from "../programs/workers/work_until_terminated.ts";
import { describeForDrivers, workerDrivers } from "../support/drivers.ts";
import { run, runtime } from "../support/programs.ts";
import { record } from "../support/record.ts";
import { scaled } from "../support/scale.ts";

/**
 * A Worker can be terminated between opening a descriptor and recording that it has to be closed.
 * That leaves this one behind.
 */
const fewLeft = 5;

/** Returns how many descriptors are left, which must be fewer than `tooMany`. */
async function terminate(
  driver: string,
  workers: number,
  tooMany: number,
  ...activities: Activity[]
): Promise<number> {
  const { code, signal, output } = await run("terminate_workers", {
    args: [driver, `${workers}`, `${tooMany}`, ...activities],
  });
  assertEquals({ code, signal }, { code: 0, signal: null }, output);
  const { left, rounds } = JSON.parse(output);
  assertEquals(rounds.length, 4);
  assert(rounds.every((made: number) => made > 0), `others have stood still: ${rounds}`);
  assertLess(left, tooMany);
  return left;
}

/** Fewer in Deno and Bun, where each Worker takes longer. */
const many = scaled(runtime === "node" ? 500 : 250);
const some = scaled(50);

describeForDrivers(`terminate() at a random point of ${many} Workers that wait`, (it, driver) => {
  it("ends and disturbs nothing else, and leaves no descriptors open", async () => {
    const activities = ["sleep", "poll", "arm", "ring", "call"] as const;
    const left = await terminate(driver, many, fewLeft, ...activities);
    record("terminated", driver, { workers: many, left });
  });
}, workerDrivers);

describeForDrivers(`terminate() of ${some} Workers that open and close managers`, (it, driver) => {
  it("ends and disturbs nothing else, and leaves no more than the one that was being opened", async () => {
    await terminate(driver, some, some, "open");
  });
}, workerDrivers);

describe(`terminate() during an exclusive wait of ${some} Workers`, () => {
  it("ends and disturbs nothing else, and leaves no descriptors open", async () => {
    const left = await terminate("auto", some, fewLeft, "exclusive");
    record("terminated", "exclusive", { workers: some, left });
  });
});
