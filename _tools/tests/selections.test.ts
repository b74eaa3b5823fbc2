/** The lists of test files name existing files. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync } from "node:fs";
import { root } from "../../tests/support/root.ts";
import { exclusive, notOnArm64, reducedOnArm64 } from "../runner/selections.ts";

describe("_tools/runner/selections.ts", () => {
  const lists = {
    exclusive: Object.keys(exclusive),
    notOnArm64: Object.keys(notOnArm64),
    reducedOnArm64,
  };
  for (const [name, files] of Object.entries(lists)) {
    it(`${name} names existing files`, () => {
      assertEquals(files.filter((file) => !existsSync(`${root}/${file}`)), []);
    });
  }
});
