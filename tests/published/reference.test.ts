/** The reference as web pages, with a page for each export. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { readdirSync } from "node:fs";
import process from "node:process";
import * as fdready from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { packages } from "../support/packages.ts";
import { runtime } from "../support/programs.ts";
import { describeUnless } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { runUntouched } from "../support/run_command.ts";

describeUnless(runtime === "deno" ? undefined : "Deno builds it", "deno task doc:html", () => {
  it("creates a page for each export of each entry point", async () => {
    using folder = new TemporaryFolder();
    const args = ["task", "--quiet", "doc:html", "--output", folder.path];
    const { code, output } = await runUntouched(process.execPath, args);
    assertEquals(code, 0, output);
    const pages = new Set(readdirSync(folder.path, { recursive: true, encoding: "utf8" }));
    const wanted = [
      "index.html",
      ...Object.keys(fdready).map((name) => `~/${name}.html`),
      ...Object.keys(os).map((name) => `os/~/${name}.html`),
      ...packages.map((path) => `${path}/mod.ts/index.html`),
    ];
    assertEquals(wanted.filter((page) => !pages.has(page)), []);
  });
});
