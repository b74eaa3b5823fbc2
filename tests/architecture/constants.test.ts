/** Constants of the kernel are defined once. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { sources } from "../support/sources.ts";

describe("constants of the kernel", () => {
  it("are defined in one file each", () => {
    const files = new Map<string, string[]>();
    for (const { path, code } of sources("src")) {
      for (const [, name] of code.matchAll(/^(?:export )?const ([A-Z][A-Z0-9_]+)(?:: \w+)? =/gm)) {
        files.set(name!, [...files.get(name!) ?? [], path]);
      }
    }
    assertEquals([...files].filter(([, paths]) => paths.length > 1), []);
  });
});
