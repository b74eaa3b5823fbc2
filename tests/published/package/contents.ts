/** The published files: those that users need, and no others. */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync, readFileSync } from "node:fs";
import { Project, publishedFiles, root } from "./support/project.ts";

const wanted =
  /^(mod\.ts|src\/.*\.ts|deno\.json|README\.md|LICENSE|CHANGELOG\.md|(docs|examples)\/.*\.(md|ts)|docs\/.*\.svg|bench\/results\/.*\.svg)$/;

describe("the package on JSR", () => {
  it("has the sources, the license, and the documentation with its examples and charts", async () => {
    const files = await publishedFiles();
    assert(files.length > 30);
    assertEquals(files.filter((file) => !wanted.test(file)), []);
  });
});

describe("the tarball", () => {
  it("has a script and declarations for each entry point, and no path of this machine", async () => {
    using project = new Project();
    await project.installWithNpm();
    const folder = project.at("node_modules/@fdready/fdready");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`);
    for (const entryPoint of ["mod.js", "mod.d.ts", "src/os/mod.js", "src/os/mod.d.ts"]) {
      assert(files.includes(`${folder}/${entryPoint}`), entryPoint);
    }
    const telling = files.filter((file) => readFileSync(file, "utf8").includes(root));
    assertEquals(telling, []);
  });
});
