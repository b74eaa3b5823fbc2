/** Links are valid in the repository, and in the pages of each package on JSR and npm. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { publishedFiles } from "./package/support/project.ts";
import { brokenLinks } from "../support/links.ts";
import { packages } from "../support/packages.ts";
import { runtime } from "../support/programs.ts";
import { root } from "../support/root.ts";
import { describeUnless } from "../support/skip.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

/** Folders of npm, git and tasks. */
const foreign = new Set(["node_modules", ".git", "coverage", "reference"]);

/** All files in `folder`, relative to the root. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (foreign.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [relative(root, path)];
  });
}

describe("relative links", () => {
  it("refer to files and headings of the repository", () => {
    const files = filesIn(root);
    assert(files.includes("docs/README.md"));
    assertEquals(brokenLinks(root, files), []);
  });

  it("are found in all forms, and broken ones reported", () => {
    using folder = new TemporaryFolder();
    mkdirSync(`${folder.path}/docs`);
    writeFileSync(`${folder.path}/docs/other.md`, "# It's `new` here\n\n# Twice\n\n# Twice\n");
    const good = [
      "# Here",
      "[a](docs/other.md) [b](docs/other.md#its-new-here) [c](docs/other.md#twice-1) [d](docs/)",
      '[e](#here) [f](https://example.org/g) [h](mailto:i@example.org "j") `[k](l.md)`',
      "```js\nm[0](n)\n```",
    ];
    const bad = [
      "[a](b.md) ![c](d.svg) [`e`](docs/f.md) [g](docs/other.md#h) [i](#j) [k](../l.md 'm')",
      "[n]: o.md",
      '<img src="p.svg"> <a href="q.md">r</a>',
    ];
    writeFileSync(`${folder.path}/page.md`, [...good, ...bad].join("\n\n"));
    const broken = brokenLinks(folder.path, ["page.md", "docs/other.md"]);
    assertEquals(
      broken.map((link) => link.replace("page.md: ", "")),
      ["b.md", "d.svg", "docs/f.md", "docs/other.md#h", "#j", "../l.md", "o.md", "p.svg", "q.md"],
    );
  });
});

describeUnless(
  runtime === "deno" ? undefined : "Deno publishes",
  "relative links in packages",
  () => {
    for (const folder of [".", ...packages]) {
      it(`refer to published files: ${folder}`, async () => {
        const files = await publishedFiles(folder);
        assert(files.includes("README.md"));
        assertEquals(brokenLinks(join(root, folder), files), []);
      });
    }
  },
);
