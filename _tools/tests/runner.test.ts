/** The runner fails files that leave something behind, and lists each skip once. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { longestRun, type Outcome, outcome, runtime } from "../../tests/support/programs.ts";
import { runtimeNames } from "../runner/runtimes.ts";
import { describeUnless } from "../../tests/support/skip.ts";
import { TemporaryFolder } from "../../tests/support/temporary_folder.ts";

const runner = fileURLToPath(new URL("../run_tests.ts", import.meta.url));

/** Runs test files with these bodies, by naming them. */
async function runSuite(...bodies: string[]): Promise<Outcome> {
  using folder = new TemporaryFolder();
  return await runFiles(...writeFiles(folder.path, bodies));
}

/** Writes test files with these bodies. Returns their paths. */
function writeFiles(folder: string, bodies: readonly string[]): string[] {
  return bodies.map((body, index) => {
    const path = `${folder}/${index}.test.ts`;
    const imports = `import { mkdtempSync } from "node:fs"; import { tmpdir } from "node:os";`;
    writeFileSync(
      path,
      `${imports}import { it } from "node:test"; it("works", () => { ${body} });`,
    );
    return path;
  });
}

/** Runs the files or folders with these paths. */
async function runFiles(...paths: string[]): Promise<Outcome> {
  const args = ["run", "-A", runner, ...paths];
  return await outcome(spawn(process.execPath, args, {
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: longestRun,
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

  it("runs the test files of a folder, each in a process of its own", async () => {
    using folder = new TemporaryFolder();
    const alone = "if (process.env.RAN) throw 'not alone'; process.env.RAN = 'yes';";
    mkdirSync(`${folder.path}/inner`);
    writeFiles(folder.path, [alone, alone]);
    writeFiles(`${folder.path}/inner`, [alone]);
    writeFileSync(`${folder.path}/helper.ts`, "throw 'not a test file';");
    const { code, output } = await runFiles(folder.path);
    assertEquals(code, 0, output);
    assertEquals(output.match(/^ok .*: 1 passed/gm)?.length, 3 * runtimeNames.length, output);
  });

  it("refuses a folder without test files", async () => {
    using folder = new TemporaryFolder();
    const { code, output } = await runFiles(folder.path);
    assertEquals(code, 2, output);
    assertStringIncludes(output, `there is no test file in ${folder.path}`);
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
