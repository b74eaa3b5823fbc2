/** CONTRIBUTING names files that exist. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readFileSync } from "node:fs";
import { root } from "../support/root.ts";

describe("CONTRIBUTING.md", () => {
  it("names existing files and directories", () => {
    const text = readFileSync(`${root}/CONTRIBUTING.md`, "utf8");
    const paths = [
      ...text.matchAll(/`((?:src|tests|_tools|bench|examples|docs|packages)\/[\w./-]*)`/g),
    ]
      .map(([, path]) => path!);
    assert(paths.length > 30);
    // A name in capitals is to be replaced.
    const missing = paths.filter((path) =>
      !/[A-Z]{3}/.test(path) && !existsSync(`${root}/${path}`)
    );
    assertEquals(missing, []);
  });
});
