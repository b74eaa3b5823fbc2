/** The runner fails files that leave something behind, and lists each skip once. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Outcome, outcome, runtime } from "../../tests/support/programs.ts";
import { runtimeNames } from "../runner/runtimes.ts";
import { describeUnless } from "../../tests/support/skip.ts";
import { TemporaryFolder } from "../../tests/support/temporary_folder.ts";

const runner = fileURLToPath(new URL("../run_tests.ts", import.meta.url));

/** Runs test files with these bodies. */
async function runSuite(...bodies: string[]): Promise<Outcome> {
  using folder = new TemporaryFolder();
  const files = bodies.map((body, index) => {
    const path = `${folder.path}/${index}.test.ts`;
    const imports = `import { mkdtempSync } from "node:fs"; import { tmpdir } from "node:os";`;
    writeFileSync(
      path,
      `${imports}import { it } from "node:test"; it("works", () => { ${body} });`,
    );
    return path;
  });
  const args = ["run", "-A", runner, ...files];
  return await outcome(spawn(process.execPath, args, {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  }));
}

describeUnless(runtime === "deno" ? undefined : "Deno runs it", "the runner", () => {
  it("fails a file that leaves something in its TMPDIR", async () => {
    const { code, output } = await runSuite("mkdtempSync(`${tmpdir()}/left-`);");
    assertEquals(code, 1, output);
    assertEquals(
      output.match(/^FAIL .*\(left left-\w+ in its TMPDIR\)/gm)?.length,
      runtimeNames.length,
      output,
    );
  });

  it("lists each skip once, before the totals", async () => {
    const skip = `console.log("SKIPPED the moon: it is too far");`;
    const { code, output } = await runSuite(skip, `${skip}${skip}`);
    assertEquals(code, 0, output);
    const names = runtimeNames.join(", ");
    assertStringIncludes(output, `\n\nSKIPPED the moon: it is too far (${names})\n\n`);
    assertMatch(output, /\n\ndeno +2 passed/);
    assertEquals(output.match(/SKIPPED/g)?.length, 1, output);
  });
});
