/**
 * Constants that differ between architectures, or might: against what the runtime has for its own.
 */

import { assertEquals, assertGreater } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import fs from "node:fs";
import os from "node:os";
import process from "node:process";
import * as ours from "../../src/ffi/constants.ts";
import * as openFlags from "../../src/os/file_constants.ts";

/** Asserts that `constants` has the values of `theirs`, wherever it has the same names. */
function assertAgree(constants: object, theirs: Readonly<Record<string, number>>): void {
  const shared = Object.entries(constants).filter(([name]) => name in theirs);
  assertGreater(shared.length, 5);
  assertEquals(shared, shared.map(([name]) => [name, theirs[name]]));
}

describe(`constants on ${process.arch}`, () => {
  it("of errno(3) are the runtime's", () => {
    assertAgree(ours, os.constants.errno);
  });

  it("of open(2) are the runtime's", () => {
    assertAgree(openFlags, fs.constants);
  });
});
