/** The width of comments, which the formatter leaves as it is. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/root.ts";
import { source, sources } from "../support/sources.ts";

const folders = ["src", "packages", "tests", "bench", "_tools", "examples", "experiments"];

const maxWidth = 100;

describe("comments", () => {
  it("have at most 100 columns, URLs excepted", () => {
    const files = [source("mod.ts"), ...folders.flatMap(sources)]
      .filter(({ path }) => !path.includes("node_modules"));
    const wide = files.flatMap(({ path }) =>
      readFileSync(join(root, path), "utf8").split("\n")
        .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
        .filter(({ line }) => Array.from(line).length > maxWidth && isComment(line))
        .filter(({ line }) => !/https?:\/\//.test(line))
        .map(({ place }) => place)
    );
    assertEquals(wide, []);
  });
});

/** Whether `line` is part of a comment or has one at its end. */
function isComment(line: string): boolean {
  return /^\s*(?:\*|\/[/*])|\s\/\/\s/.test(line);
}
