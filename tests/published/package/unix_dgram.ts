/**
 * The tarballs of the root and of `packages/unix-dgram`, and the files for JSR, in fresh projects.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync } from "node:fs";
import { libcPath } from "../../support/libc_path.ts";
import { reportSkip } from "../../support/skip.ts";
import { describePackage } from "./support/fresh_project.ts";
import { type Project, root } from "./support/project.ts";

const passed = "received: a pipe 1\nreceived: hell 4\nrefused: -111\n";
const metric = "metric: page.views:1|c\n";

/** Makes hot-shots use this package as `unix-dgram`. */
const overrides = { "unix-dgram": "file:./unix-dgram.tgz" };

/** Installs hot-shots too, if the workspace has it. */
const clients = existsSync(`${root}/node_modules/hot-shots`) ? ["hot-shots"] : [];

describePackage("packages/unix-dgram", (suite) => {
  /** Registers the test with hot-shots. */
  function itIsFoundByHotShots(fresh: Project, ...command: [string, ...string[]]): void {
    if (clients.length === 0) return reportSkip("hot-shots", "run npm install");
    it("is found by hot-shots", async () => {
      const [program, ...args] = command;
      assertEquals(await fresh.run(program, ...args, "hot_shots.cjs"), metric);
    });
  }

  describe("in a fresh Bun project", () => {
    const fresh = suite.project((fresh) => suite.installWithBun(fresh, { overrides }, ...clients));

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
    const fresh = suite.project((fresh) => suite.installWithNpm(fresh, { overrides }, ...clients));

    it("sends datagrams, with only permission to call the C library", async () => {
      const flags = ["--no-prompt", "--cached-only", `--allow-ffi=${libcPath()}`];
      assertEquals(await fresh.run("deno", "run", ...flags, "unix_dgram.ts"), passed);
    });

    itIsFoundByHotShots(fresh, "deno", "run", "-A");
  });

  describe("in a fresh Deno project, from JSR", () => {
    const fresh = suite.project((fresh) => suite.linkPublished(fresh));

    it("sends datagrams, with only permission to call the C library", async () => {
      const flags = ["--no-prompt", "--cached-only", `--allow-ffi=${libcPath()}`];
      // Deno warns about settings in the root's deno.json that are for its workspace.
      assertStringIncludes(await fresh.run("deno", "run", ...flags, "unix_dgram.ts"), passed);
    });

    it("passes deno check", async () => {
      await fresh.run("deno", "check", "unix_dgram.ts");
    });
  });
});
