/** Streams of standard input, output and error. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { run } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

describe("FdStream of a standard descriptor", () => {
  it("close() keeps the number from the next opened file", async () => {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/victim`;
    const { code, output } = await run("close_standard", { args: [path] });
    assertEquals([code, output], [0, "by the stream\n"]);
    assertEquals(readFileSync(path, "utf8"), "");
  });

  it("close() keeps the number if no descriptor is left", async () => {
    const { code, output } = await run("close_standard_at_limit");
    assertEquals([code, output], [0, "2 isn't 1\n"]);
  });

  it("close() throws EBADF after another close, and keeps the number", async () => {
    for (const first of ["0", "1", "2"]) {
      const { code, output } = await run("close_closed_standard", { args: [first] });
      assertEquals([code, output], [0, ""]);
    }
  });
});
