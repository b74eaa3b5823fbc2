/** What the README and the pages of docs/ show works as it is shown. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import process from "node:process";
import { oldest } from "../../src/ffi/versions.ts";
import { outcome, runtime } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { relativeLinks, snippets } from "./markdown.ts";

const root = dirname(dirname(import.meta.dirname!));
const docs = readdirSync(`${root}/docs`).filter((name) => name.endsWith(".md")).sort();
const pages = ["README.md", "CONTRIBUTING.md", ...docs.map((name) => `docs/${name}`)]
  .map((path) => ({ path, text: readFileSync(`${root}/${path}`, "utf8") }));

/** Outside the repository, with settings of its own by which it finds the package. */
const folder = new TemporaryFolder();

function writeSettings(): void {
  const imports = {
    "@fdready/fdready": `${root}/mod.ts`,
    "@fdready/fdready/os": `${root}/src/os/mod.ts`,
  };
  const paths = Object.fromEntries(Object.entries(imports).map(([name, path]) => [name, [path]]));
  writeFileSync(`${folder.path}/deno.json`, JSON.stringify({ imports }));
  writeFileSync(`${folder.path}/tsconfig.json`, JSON.stringify({ compilerOptions: { paths } }));
}

/** Runs the runtime in the folder. It must succeed. Returns what it printed. */
async function succeed(...args: string[]): Promise<string> {
  const { code, signal, output } = await outcome(spawn(process.execPath, args, {
    cwd: folder.path,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  }));
  assertEquals([code, signal], [0, null], output);
  return output;
}

function fileName(path: string, line: number): string {
  return `${basename(path, ".md")}_${line}.ts`;
}

describe("the documentation", () => {
  beforeAll(writeSettings);
  afterAll(() => folder[Symbol.dispose]());

  for (const { path, text } of pages) {
    for (const { line, program } of snippets(text)) {
      it(`runs as shown in ${path}, line ${line}`, async () => {
        const file = fileName(path, line);
        // A wait that keeps nothing alive would end the program early, and in silence.
        writeFileSync(`${folder.path}/${file}`, `${program}\nconsole.log("came to its end");\n`);
        const flags = runtime === "deno" ? ["-A", "--no-check"] : [];
        assertStringIncludes(await succeed("run", ...flags, file), "came to its end");
      });
    }

    it(`links to files that are there, in ${path}`, () => {
      const places = relativeLinks(text).map((link) => `${dirname(`${root}/${path}`)}/${link}`);
      assertEquals(places.filter((place) => !existsSync(place)), []);
    });
  }

  it("names the oldest versions that are supported", () => {
    const [deno, bun] = [oldest.deno, oldest.bun].map((version) => version.replace(/\.0$/, ""));
    assertStringIncludes(pages[0]!.text, `Deno ${deno} and Bun ${bun} or later`);
  });

  if (runtime === "deno") {
    it("passes deno check", async () => {
      const files = pages.flatMap(({ path, text }) =>
        snippets(text).map(({ line, program }) => {
          const file = fileName(path, line);
          writeFileSync(`${folder.path}/${file}`, `${program}\nexport {};\n`);
          return file;
        })
      );
      assert(files.length > 10);
      await succeed("check", "--quiet", ...files);
    });
  }
});
