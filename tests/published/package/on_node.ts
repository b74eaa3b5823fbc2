/** The tarball on Node, which isn't supported. */

import { assert, assertEquals } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Project } from "./support/project.ts";

describe("the package on Node", () => {
  const project = new Project();
  beforeAll(() => project.installWithNpm());
  afterAll(() => project[Symbol.dispose]());

  it("can be imported, and throws UnsupportedPlatformError at its first use", async () => {
    const [first, ...uses] = (await project.run("node", "on_node.mjs")).trimEnd().split("\n");
    assertEquals(first, "imported");
    assert(uses.length > 5);
    assertEquals(uses.filter((line) => !line.endsWith(": UnsupportedPlatformError")), []);
  });
});
