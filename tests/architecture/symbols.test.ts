/** The C functions that the package calls: declared in one table, and listed for audits. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as symbols from "../../src/ffi/symbols.ts";
import { root } from "../support/root.ts";
import { sources } from "../support/sources.ts";

const called = new Set(Object.values(symbols).flatMap((group) => Object.keys(group)));

describe("C functions", () => {
  it("are declared in src/ffi/symbols.ts alone", () => {
    const others = sources("src")
      .filter(({ path }) => path !== "src/ffi/symbols.ts")
      .filter(({ code }) => /\b(?:args|parameters): \["/.test(code));
    assertEquals(others.map(({ path }) => path), []);
  });

  it("have one prototype each", () => {
    const text = readFileSync(join(root, "src/ffi/symbols.ts"), "utf8");
    const prototypes = text.matchAll(/^ *\/\/ [\w ]+?[ *](\w+)\(.*\S[,)]/gm);
    assertEquals(Array.from(prototypes, ([, name]) => name!).sort(), [...called].sort());
  });

  it("are all bound by something", () => {
    const used = sources("src").filter(({ path }) => path !== "src/ffi/symbols.ts")
      .map(({ code }) => code).join();
    assertEquals(Object.keys(symbols).filter((group) => !used.includes(group)), []);
  });

  it("are those that docs/security.md lists", () => {
    const text = readFileSync(join(root, "docs/security.md"), "utf8");
    const lists = text.split("\n\n").filter((paragraph) => /^(`\w+`,?\s*)+$/.test(paragraph));
    const listed = Array.from(lists.join().matchAll(/`(\w+)`/g), ([, name]) => name).sort();
    assertEquals(listed, [...called].sort());
  });
});
