/** The tarball in a fresh Bun project. */

import { assertEquals, assertMatch } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { readdirSync, readFileSync } from "node:fs";
import { assertDriversWork, assertWorkerWorks } from "./support/expect.ts";
import { Project } from "./support/project.ts";

describe("the package in a fresh Bun project", () => {
  const project = new Project();
  beforeAll(async () => {
    await project.pack();
    project.write("package.json", { type: "module" });
    await project.run("bun", "add", "./fdready.tgz");
  });
  afterAll(() => project[Symbol.dispose]());

  it("installs no dependencies, and runs no scripts", () => {
    assertEquals(visible(readdirSync(project.at("node_modules"))), ["@fdready"]);
    const path = project.at("node_modules/@fdready/fdready/package.json");
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    assertEquals(manifest.dependencies ?? {}, {});
    assertEquals(manifest.scripts ?? {}, {});
  });

  it("works with every driver", async () => {
    assertDriversWork(await project.run("bun", "drivers.ts"));
  });

  it("works in a Worker", async () => {
    assertWorkerWorks(await project.run("bun", "in_worker.ts"));
  });

  it("exports the whole API", async () => {
    assertMatch(await project.run("bun", "whole_api.ts"), /^whole API: ok$/m);
  });
});

function visible(names: string[]): string[] {
  return names.filter((name) => !name.startsWith("."));
}
