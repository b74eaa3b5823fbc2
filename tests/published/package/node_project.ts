/** The tarball in a fresh Node project. */

import { assertMatch } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { assertDriversWork } from "./support/expect.ts";
import { Project } from "./support/project.ts";

describe("the package in a fresh Node project", () => {
  const project = new Project();
  beforeAll(() => project.installWithNpm());
  afterAll(() => project[Symbol.dispose]());

  it("works with every driver", async () => {
    assertDriversWork(await project.run("node", "drivers.ts"));
  });

  it("exports the whole API", async () => {
    assertMatch(await project.run("node", "whole_api.ts"), /^whole API: ok$/m);
  });
});
