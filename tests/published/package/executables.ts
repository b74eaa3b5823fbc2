/** Programs that were bundled or compiled to executables, and then moved to another folder. */

import { assertEquals, assertMatch } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { cpSync } from "node:fs";
import { describeUnless } from "../../support/skip.ts";
import { TemporaryFolder } from "../../support/temporary_folder.ts";
import { assertDriversWork, assertWorkerWorks } from "./support/expect.ts";
import { Project, run } from "./support/project.ts";

const project = new Project();

/** `deno compile` downloads the runtime for executables, unless `DENORT_BIN` names it. */
const missingRuntime = await findMissingRuntime();

async function findMissingRuntime(): Promise<string | undefined> {
  project.write("nothing.ts", "");
  const { code, output } = await run(project.path, "deno", "compile", "--quiet", "nothing.ts");
  if (code === 0) return undefined;
  const reason = /^ +\d: (?!Setting up)(.*)$/m.exec(output)?.[1] ?? output.trim();
  return `no denort, the runtime for executables: ${reason}`;
}

/** Runs the built file `name` from another folder. */
async function runElsewhere(name: string, program?: string): Promise<string> {
  using elsewhere = new TemporaryFolder();
  cpSync(project.at(name), `${elsewhere.path}/${name}`, { recursive: true });
  const file = `./${name}${program === undefined ? "" : `/${program}`}`;
  const command = program === undefined ? [file] : ["bun", file];
  const { code, signal, output } = await run(elsewhere.path, command[0]!, ...command.slice(1));
  assertEquals([code, signal], [0, null], output);
  return output;
}

describe("the built program", () => {
  beforeAll(() => project.installWithNpm());
  afterAll(() => project[Symbol.dispose]());

  describe("of bun build --compile", () => {
    const build = (name: string, ...sources: string[]) =>
      project.run("bun", "build", "--compile", `--outfile=${name}`, ...sources);

    it("works with every driver", async () => {
      await build("drivers", "drivers.ts");
      assertDriversWork(await runElsewhere("drivers"));
    });

    it("works minified, as bytecode", async () => {
      await build("bytecode", "--minify", "--bytecode", "--format=esm", "drivers.ts");
      assertDriversWork(await runElsewhere("bytecode"));
    });

    it("works in a Worker", async () => {
      await build("in_worker", "in_worker.ts", "worker.ts");
      assertWorkerWorks(await runElsewhere("in_worker"));
    });

    it("exports the whole API", async () => {
      await build("whole_api", "whole_api.ts");
      assertMatch(await runElsewhere("whole_api"), /^whole API: ok$/m);
    });
  });

  const bundles: Record<string, string[]> = {
    "--target bun": [],
    "--target bun --minify --splitting": ["--minify", "--splitting"],
  };
  for (const [index, [name, options]] of Object.entries(bundles).entries()) {
    describe(`of bun build ${name}`, () => {
      const folder = `bundle${index}`;
      beforeAll(async () => {
        const sources = ["drivers.ts", "in_worker.ts", "worker.ts", "whole_api.ts"];
        const target = ["--target=bun", `--outdir=${folder}`];
        await project.run("bun", "build", ...target, ...options, ...sources);
      });

      it("works with every driver", async () => {
        assertDriversWork(await runElsewhere(folder, "drivers.js"));
      });

      it("works in a Worker", async () => {
        assertWorkerWorks(await runElsewhere(folder, "in_worker.js"));
      });

      it("exports the whole API", async () => {
        assertMatch(await runElsewhere(folder, "whole_api.js"), /^whole API: ok$/m);
      });
    });
  }

  describeUnless(missingRuntime, "by deno compile", () => {
    const build = (name: string, ...args: string[]) =>
      project.run("deno", "compile", "--no-prompt", "--allow-ffi", `--output=${name}`, ...args);

    it("works with every driver", async () => {
      await build("deno_drivers", "drivers.ts");
      assertDriversWork(await runElsewhere("deno_drivers"));
    });

    it("works in a Worker", async () => {
      await build("deno_in_worker", "--allow-read", "--include=worker.ts", "in_worker.ts");
      assertWorkerWorks(await runElsewhere("deno_in_worker"));
    });

    it("exports the whole API", async () => {
      await build("deno_whole_api", "whole_api.ts");
      assertMatch(await runElsewhere("deno_whole_api"), /^whole API: ok$/m);
    });
  });
});
