/** The tarballs of the root and of `packages/pty`, and the package on JSR, in fresh projects. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { copyFileSync, readdirSync } from "node:fs";
import { freshProject, itIsPublished } from "./support/fresh_project.ts";
import { Project, root, run } from "./support/project.ts";
import { Registry } from "./support/registry.ts";

const folder = "packages/pty";
const tarballs = ["./fdready.tgz", "./pty.tgz"];
const passed = "text 21 91 got text exit 3 0\necho\n";
const replaced = "exit 4 true function\n";
const dependencies = { "@fdready/fdready": "file:./fdready.tgz", "node-pty": "file:./pty.tgz" };

describe("pty", () => {
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

  describe("in a fresh Bun project", () => {
    const fresh = project(async (fresh) => {
      copyTarballs(fresh);
      fresh.write("package.json", {
        type: "module",
        dependencies,
        overrides: { "@fdready/fdready": "file:./fdready.tgz" },
      });
      await fresh.run("bun", "add", ...tarballs);
    });

    it("runs programs in terminals", async () => {
      assertEquals(await fresh.run("bun", "pty.ts"), passed);
    });

    it("takes the place of node-pty", async () => {
      assertEquals(await fresh.run("bun", "node_pty.cjs"), replaced);
    });

    it("has no native code", () => {
      const files = readdirSync(fresh.at("node_modules"), { recursive: true, encoding: "utf8" });
      assertEquals(files.filter((file) => /\.(node|gyp|cc)$/.test(file)), []);
    });

    it("runs programs in terminals when compiled with bun build --compile", async () => {
      await fresh.run("bun", "build", "--compile", "--outfile=compiled", "pty.ts");
      assertEquals(await fresh.run("./compiled"), passed);
    });
  });

  describe("in a fresh Deno project, from the tarballs", () => {
    const fresh = project(async (fresh) => {
      copyTarballs(fresh);
      fresh.write("package.json", { type: "module", dependencies });
      await fresh.run("npm", "install", "--no-audit", "--no-fund", ...tarballs);
    });

    it("runs programs in terminals, without permission to run programs", async () => {
      const permissions = ["--allow-ffi", "--allow-read", "--allow-env"];
      const flags = ["--no-prompt", "--cached-only", ...permissions];
      assertEquals(await fresh.run("deno", "run", ...flags, "pty.ts"), passed);
    });

    it("takes the place of node-pty", async () => {
      assertEquals(await fresh.run("deno", "run", "-A", "node_pty.cjs"), replaced);
    });

    it("passes tsc --strict", async () => {
      fresh.write("tsconfig.json", {
        compilerOptions: {
          target: "esnext",
          lib: ["esnext"],
          module: "nodenext",
          strict: true,
          exactOptionalPropertyTypes: true,
          skipLibCheck: false,
          noEmit: true,
          types: [`${root}/node_modules/bun-types`],
        },
        include: ["pty.ts"],
      });
      const result = await run(fresh.path, "tsc", "--project", "tsconfig.json");
      assertEquals(result, { code: 0, signal: null, output: "" });
    });
  });

  describe("in a fresh Node project", () => {
    const fresh = project(async (fresh) => {
      copyTarballs(fresh);
      fresh.write("package.json", { type: "module", dependencies });
      await fresh.run("npm", "install", "--no-audit", "--no-fund", ...tarballs);
    });

    it("runs programs in terminals", async () => {
      const output = await fresh.run("node", "--disable-warning=ExperimentalWarning", "pty.ts");
      assertEquals(output, passed);
    });

    it("takes the place of node-pty", async () => {
      const output = await fresh.run(
        "node",
        "--disable-warning=ExperimentalWarning",
        "node_pty.cjs",
      );
      assertEquals(output, replaced);
    });
  });

  describe("in a fresh Deno project, from JSR", () => {
    const fresh = project(async (fresh) => {
      await fresh.copyPublished("jsr");
      await fresh.copyPublished("jsr_pty", folder);
      fresh.write("deno.json", {
        imports: {
          "@fdready/fdready": "jsr:@fdready/fdready@0",
          "@fdready/pty": "jsr:@fdready/pty@0",
        },
        links: ["./jsr", "./jsr_pty"],
      });
    });

    it("runs programs in terminals", async () => {
      const flags = ["--no-prompt", "--cached-only", "--allow-ffi", "--allow-read", "--allow-env"];
      // Deno warns about settings in the root's deno.json that are for its workspace.
      assertStringIncludes(await fresh.run("deno", "run", ...flags, "pty.ts"), passed);
    });

    it("passes deno check", async () => {
      await fresh.run("deno", "check", "pty.ts");
    });
  });

  itIsPublished(folder);
});
