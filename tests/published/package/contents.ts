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

const entryPoints = ["mod", "src/os/mod"];

describe("the tarball", () => {
  it("has one script for each entry point and one that they share", async () => {
    using project = new Project();
    await project.installWithNpm();
    const folder = project.at("node_modules/@fdready/fdready");
    const scripts = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js"))
      .map((file) => file.replace(/^chunk-.*/, "shared"));
    assertEquals(scripts.sort(), ["shared", ...entryPoints.map((name) => `${name}.js`)].sort());

    // Joining scripts renames what has the same name in several.
    for (const name of entryPoints) {
      const exported = Object.entries(await import(`${folder}/${name}.js`));
      assert(exported.length > 10);
      for (const [name, value] of exported) {
        if (typeof value === "function") assertEquals(value.name, name);
      }
    }
  });

  it("has a script and declarations for each entry point, and no path of this machine", async () => {
    using project = new Project();
    await project.installWithNpm();
    const folder = project.at("node_modules/@fdready/fdready");
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`);
    for (const entryPoint of entryPoints.flatMap((name) => [`${name}.js`, `${name}.d.ts`])) {
      assert(files.includes(`${folder}/${entryPoint}`), entryPoint);
    }
    const telling = files.filter((file) => readFileSync(file, "utf8").includes(root));
    assertEquals(telling, []);
  });
});
