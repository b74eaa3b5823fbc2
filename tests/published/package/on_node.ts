/** The tarball under Node, for which it isn't. */

import { assert, assertEquals } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { Project } from "./support/project.ts";

describe("under Node", () => {
  const project = new Project();
  beforeAll(() => project.installWithNpm());
  afterAll(() => project[Symbol.dispose]());

  it("can be imported, and says at its first use that it doesn't work there", async () => {
    const [first, ...uses] = (await project.run("node", "on_node.mjs")).trimEnd().split("\n");
    assertEquals(first, "imported");
    assert(uses.length > 5);
    assertEquals(uses.filter((line) => !line.endsWith(": UnsupportedPlatformError")), []);
  });
});
