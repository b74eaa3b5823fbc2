/** A pending wait keeps the process alive, and nothing else does. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { run } from "../support/programs.ts";

describe("a process with an exclusive waiter", () => {
  const endings: [way: string, prints: string][] = [
    ["unused", "unused"],
    ["pending", "resolved"],
    ["aborted", "stopped"],
    ["closed", "ClosedResourceError"],
    ["iterated", "turn"],
  ];
  for (const [way, prints] of endings) {
    it(`stays for a wait and exits by itself: ${way}`, async () => {
      const result = await run("exclusive_lifetime", { args: [way] });
      assertEquals(result, { code: 0, signal: null, output: `${prints}\n` });
    });
  }

  it("exits at process.exit while a wait is pending", async () => {
    assertEquals((await run("exclusive_lifetime", { args: ["exit"] })).code, 3);
  });
});
