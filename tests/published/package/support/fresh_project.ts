/** The common part of the packages' tests: projects that install them, and the published files. */

import { assert, assertEquals } from "@std/assert";
import { afterAll, beforeAll, it } from "@std/testing/bdd";
import { Project, publishedFiles } from "./project.ts";
import type { Registry } from "./registry.ts";

/**
 * A project for a suite. `install` fills it before the tests, with the registry if `registry` is
 * set.
 */
export function freshProject(
  registry: () => Registry,
  install: (project: Project) => Promise<void>,
): Project {
  const made = new Project();
  beforeAll(async () => {
    made.registry = registry().url;
    await install(made);
  });
  afterAll(() => made[Symbol.dispose]());
  return made;
}

/** Registers the test that the package in `folder` is published completely. */
export function itIsPublished(folder: string): void {
  it("is published as sources, README and license", async () => {
    const files = await publishedFiles(folder);
    assert(files.length > 8);
    const wanted = /^(mod\.ts|src\/.*\.ts|deno\.json|README\.md|\w+\.svg|LICENSE)$/;
    assertEquals(files.filter((file) => !wanted.test(file)), []);
  });
}
