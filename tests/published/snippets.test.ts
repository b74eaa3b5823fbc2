/** The code in the README and in docs/ runs as shown. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { afterAll, describe, it } from "@std/testing/bdd";
import { readdirSync, readFileSync } from "node:fs";
import { type RuntimeName, runtimes } from "../../src/runtime/runtime.ts";
import { testRuntimes } from "../../_tools/runner/runtimes.ts";
import { packages } from "../support/packages.ts";
import { snippets, typeScriptLines } from "../support/markdown.ts";
import { runtime } from "../support/programs.ts";
import { readmeComments } from "../support/readme_comments.ts";
import { root } from "../support/root.ts";
import { SnippetFolder } from "../support/snippet_folder.ts";

const docs = readdirSync(`${root}/docs`).filter((name) => name.endsWith(".md")).sort();
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "examples/README.md",
  ...docs.map((name) => `docs/${name}`),
  ...packages.map((folder) => `${folder}/README.md`),
]
  .map((path) => {
    const text = readFileSync(`${root}/${path}`, "utf8");
    const shown = snippets(text, path === "README.md" ? readmeComments : []);
    return { path, text, shown };
  });

const folder = new SnippetFolder();

function fileName(path: string, line: number): string {
  return `${path.replace(/\.md$/, "").replaceAll("/", "_")}_${line}.ts`;
}

describe("documentation", () => {
  afterAll(() => folder[Symbol.dispose]());

  for (const { path, text, shown } of pages) {
    for (const { line, program } of shown) {
      it(`runs as shown in ${path}, line ${line}`, async () => {
        const file = fileName(path, line);
        // If a wait didn't keep the process alive, the program would end early and silently.
        folder.write(file, `${program}\nconsole.log("came to its end");\n`);
        const args = testRuntimes[runtime].programArguments(file);
        assertStringIncludes(await folder.succeed(...args), "came to its end");
      });
    }

    it(`marks all TypeScript as such in ${path}`, () => {
      assertEquals(typeScriptLines(text), shown.map(({ line }) => line));
    });
  }

  it("names the oldest supported versions", () => {
    const oldest = (name: RuntimeName) => runtimes[name].oldest.replace(/\.0$/, "");
    const text = pages[0]!.text.replaceAll("\n", " ");
    assertStringIncludes(text, `Deno ${oldest("deno")} and Bun ${oldest("bun")} or later`);
    assertStringIncludes(text, `Node ${oldest("node")} or later`);
  });

  it("has no comments in the README, which is also read as plain text", () => {
    assertEquals(pages[0]!.text.match(/<!--/g), null);
  });

  if (runtime === "deno") {
    it("passes deno check", async () => {
      const files = pages.flatMap(({ path, shown }) =>
        shown.map(({ line, program }) => {
          const file = fileName(path, line);
          folder.write(file, `${program}\nexport {};\n`);
          return file;
        })
      );
      assert(files.length > 10);
      await folder.succeed("check", "--quiet", ...files);
    });
  }
});
