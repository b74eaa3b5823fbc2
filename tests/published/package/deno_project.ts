/** The tarball and the package on JSR, in fresh Deno projects. */

import { assertMatch } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { libcPath } from "../../support/libc_path.ts";
import { root } from "../../support/root.ts";
import { assertDriversWork, assertWorkerWorks } from "./support/expect.ts";
import { Project } from "./support/project.ts";

const sources: Record<string, (project: Project) => Promise<void>> = {
  "the tarball": (project) => project.installWithNpm(),
  "the tarball, unpacked by hand": async (project) => {
    await project.pack();
    const folder = "node_modules/@fdready/fdready";
    project.write("package.json", {});
    await project.run("mkdir", "-p", folder);
    await project.run("tar", "-xzf", "fdready.tgz", "--strip-components=1", "-C", folder);
  },
  "the clone": (project) => {
    project.write("deno.json", {
      imports: { "@fdready/fdready": "jsr:@fdready/fdready@0" },
      links: [root],
    });
    return Promise.resolve();
  },
  "what JSR gets": async (project) => {
    await project.copyPublished("jsr");
    project.write("deno.json", {
      imports: { "@fdready/fdready": "jsr:@fdready/fdready@0" },
      links: ["./jsr"],
    });
  },
};

for (const [source, install] of Object.entries(sources)) {
  describe(`the package in a fresh Deno project, from ${source}`, () => {
    const project = new Project();
    beforeAll(() => install(project));
    afterAll(() => project[Symbol.dispose]());

    const run = (program: string, ...permissions: string[]) =>
      project.run("deno", "run", "--no-prompt", "--cached-only", ...permissions, program);

    it("works with every driver, with only permission to call the C library", async () => {
      assertDriversWork(await run("drivers.ts", `--allow-ffi=${libcPath()}`));
    });

    it("works in a Worker", async () => {
      assertWorkerWorks(
        await run("in_worker.ts", `--allow-ffi=${libcPath()}`, `--allow-read=.,${root}`),
      );
    });

    it("exports the whole API, with only permission to call the C library", async () => {
      assertMatch(await run("whole_api.ts", `--allow-ffi=${libcPath()}`), /^whole API: ok$/m);
    });

    it("passes deno check", async () => {
      await project.run("deno", "check", "whole_api.ts", "drivers.ts", "in_worker.ts");
    });
  });
}
