/**
 * The tarballs of the root and of `packages/unix-dgram`, and the files for JSR, in fresh projects.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { copyFileSync, existsSync } from "node:fs";
import { libcPath } from "../../support/libc_path.ts";
import { reportSkip } from "../../support/skip.ts";
import { freshProject, itIsPublished } from "./support/fresh_project.ts";
import { Project, root } from "./support/project.ts";
import { Registry } from "./support/registry.ts";

const folder = "packages/unix-dgram";
const tarballs = ["./fdready.tgz", "./unix-dgram.tgz"];
const passed = "received: a pipe 1\nreceived: hell 4\nrefused: -111\n";
const metric = "metric: page.views:1|c\n";

/** Makes hot-shots use this package as `unix-dgram`. */
const overrides = { "unix-dgram": "file:./unix-dgram.tgz" };

/** Installs hot-shots too, if the workspace has it. */
const clients = existsSync(`${root}/node_modules/hot-shots`) ? ["hot-shots"] : [];

describe("unix-dgram", () => {
  let registry: Registry;
  const packed = new Project();
  beforeAll(async () => {
    registry = await Registry.start();
    for (const each of [".", folder]) await packed.pack(each);
  });
  afterAll(() => {
    registry[Symbol.dispose]();
    packed[Symbol.dispose]();
  });

  const project = (install: (project: Project) => Promise<void>) =>
    freshProject(() => registry, install);

  function copyTarballs(fresh: Project): void {
    for (const name of tarballs) copyFileSync(packed.at(name), fresh.at(name));
  }

  /** Registers the test with hot-shots. */
  function itIsFoundByHotShots(fresh: Project, ...command: [string, ...string[]]): void {
    if (clients.length === 0) return reportSkip("hot-shots", "run npm install");
    it("is found by hot-shots", async () => {
      const [program, ...args] = command;
      assertEquals(await fresh.run(program, ...args, "hot_shots.cjs"), metric);
    });
  }

  describe("in a fresh Bun project", () => {
    const fresh = project(async (fresh) => {
      copyTarballs(fresh);
      fresh.write("package.json", {
        type: "module",
        overrides: { ...overrides, "@fdready/fdready": "file:./fdready.tgz" },
      });
      await fresh.run("bun", "add", ...tarballs, ...clients);
    });

    it("sends datagrams", async () => {
      assertEquals(await fresh.run("bun", "unix_dgram.ts"), passed);
    });

    itIsFoundByHotShots(fresh, "bun");

    it("sends datagrams when compiled with bun build --compile", async () => {
      await fresh.run("bun", "build", "--compile", "--outfile=compiled", "unix_dgram.ts");
      assertEquals(await fresh.run("./compiled"), passed);
    });
  });

  describe("in a fresh Deno project, from the tarballs", () => {
    const fresh = project(async (fresh) => {
      copyTarballs(fresh);
      fresh.write("package.json", { type: "module", overrides });
      await fresh.run("npm", "install", "--no-audit", "--no-fund", ...tarballs, ...clients);
    });

    it("sends datagrams, with only permission to call the C library", async () => {
      const flags = ["--no-prompt", "--cached-only", `--allow-ffi=${libcPath()}`];
      assertEquals(await fresh.run("deno", "run", ...flags, "unix_dgram.ts"), passed);
    });

    itIsFoundByHotShots(fresh, "deno", "run", "-A");
  });

  describe("in a fresh Deno project, from JSR", () => {
    const fresh = project(async (fresh) => {
      await fresh.copyPublished("jsr");
      await fresh.copyPublished("jsr_unix_dgram", folder);
      fresh.write("deno.json", {
        imports: {
          "@fdready/fdready": "jsr:@fdready/fdready@0",
          "@fdready/unix-dgram": "jsr:@fdready/unix-dgram@0",
        },
        links: ["./jsr", "./jsr_unix_dgram"],
      });
    });

    it("sends datagrams, with only permission to call the C library", async () => {
      const flags = ["--no-prompt", "--cached-only", `--allow-ffi=${libcPath()}`];
      // Deno warns about settings in the root's deno.json that are for its workspace.
      assertStringIncludes(await fresh.run("deno", "run", ...flags, "unix_dgram.ts"), passed);
    });

    it("passes deno check", async () => {
      await fresh.run("deno", "check", "unix_dgram.ts");
    });
  });

  itIsPublished(folder);
});
