/** Deno's sanitizers, and the advice in docs/testing.md. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { snippets } from "../support/markdown.ts";
import { runtime } from "../support/programs.ts";
import { root } from "../support/root.ts";
import { describeUnless } from "../support/skip.ts";
import { SnippetFolder } from "../support/snippet_folder.ts";

const page = readFileSync(`${root}/docs/testing.md`, "utf8");
const firstUse = /^await .*\n/m;

describeUnless(runtime === "deno" ? undefined : "only Deno has them", "Deno's sanitizers", () => {
  it("pass the test in docs/testing.md, but only after the first use", async () => {
    using folder = new SnippetFolder();
    const code = snippets(page).map(({ code }) => code)
      .find((code) => code.includes("sanitizeResources"));
    assert(code !== undefined && firstUse.test(code));
    folder.write("shown.ts", code);
    await folder.succeed("test", "-A", "shown.ts");
    folder.write("unprepared.ts", code.replace(firstUse, ""));
    const { code: exitCode, output } = await folder.run("test", "-A", "unprepared.ts");
    assertEquals(exitCode, 1, output);
    assertMatch(output, /A dynamic library was loaded during the test/);
  });

  it("pass tests of every part of the library after its first use", async () => {
    using folder = new SnippetFolder();
    const config = `--config=${root}/deno.json`;
    const program = `${root}/tests/programs/sanitized.ts`;
    const output = await folder.succeed("test", "-A", "--no-check", config, program);
    assertMatch(output, /ok \| \d+ passed \| 0 failed/);
  });
});
