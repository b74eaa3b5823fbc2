/** Only a pending exclusive wait keeps the process alive. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { run } from "../support/programs.ts";

describe("ExclusiveWaiter", () => {
  const endings: [way: string, prints: string][] = [
    ["unused", "unused"],
    ["pending", "resolved"],
    ["aborted", "stopped"],
    ["closed", "ClosedResourceError"],
    ["iterated", "turn"],
  ];
  for (const [way, prints] of endings) {
    it(`keeps the process alive until the wait ends: ${way}`, async () => {
      const result = await run("exclusive_lifetime", { args: [way] });
      assertEquals(result, { code: 0, signal: null, output: `${prints}\n` });
    });
  }

  it("lets process.exit() end the process while a wait is pending", async () => {
    assertEquals((await run("exclusive_lifetime", { args: ["exit"] })).code, 3);
  });
});
