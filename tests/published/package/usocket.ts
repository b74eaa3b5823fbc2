/**
 * The tarballs of the root and of `packages/usocket`, and the package on JSR, in fresh projects.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { copyFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { libcPath } from "../../support/libc_path.ts";
import { freshProject, itIsPublished } from "./support/fresh_project.ts";
import { Project, root } from "./support/project.ts";
import { Registry } from "./support/registry.ts";

const folder = "packages/usocket";
const tarballs = ["./fdready.tgz", "./usocket.tgz"];
const passed = "received: a pipe 5\nrefused: ECONNREFUSED\nrefused: ECONNREFUSED\n";
const greeted = "greeting: AUTH EXTERNAL\n";

/** Makes dbus-next get this package as `usocket`, and other packages in the registry's versions. */
const overrides = {
  usocket: "file:./usocket.tgz",
  ...Object.fromEntries(["long", "xml2js"].map((name) => [name, versionOf(name)])),
};

function versionOf(name: string): string {
  return JSON.parse(readFileSync(`${root}/node_modules/${name}/package.json`, "utf8")).version;
}

describe("usocket", () => {
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
        overrides: { ...overrides, "@fdready/fdready": "file:./fdready.tgz" },
      });
      await fresh.run("bun", "add", ...tarballs, "dbus-next");
    });

    it("passes descriptors", async () => {
      assertEquals(await fresh.run("bun", "usocket.ts"), passed);
    });

    it("is found by dbus-next", async () => {
      assertStringIncludes(await fresh.run("bun", "dbus_next.cjs"), greeted);
    });

    it("has no native code", () => {
      const files = readdirSync(fresh.at("node_modules"), { recursive: true, encoding: "utf8" });
      assertEquals(files.filter((file) => /\.(node|gyp|cc)$/.test(file)), []);
    });

    it("passes descriptors when compiled with bun build --compile", async () => {
      await fresh.run("bun", "build", "--compile", "--outfile=compiled", "usocket.ts");
      assertEquals(await fresh.run("./compiled"), passed);
    });
  });

  describe("in a fresh Deno project, from the tarballs", () => {
    const fresh = project(async (fresh) => {
      copyTarballs(fresh);
      fresh.write("package.json", { type: "module", overrides });
      await fresh.run("npm", "install", "--no-audit", "--no-fund", ...tarballs, "dbus-next");
    });

    it("passes descriptors, with only permission to call the C library", async () => {
      const flags = ["--no-prompt", "--cached-only", `--allow-ffi=${libcPath()}`];
      assertEquals(await fresh.run("deno", "run", ...flags, "usocket.ts"), passed);
    });

    it("is found by dbus-next", async () => {
      assert(!existsSync(fresh.at("node_modules/usocket/binding.gyp")));
      assertStringIncludes(await fresh.run("deno", "run", "-A", "dbus_next.cjs"), greeted);
    });
  });

  describe("in a fresh Deno project, from JSR", () => {
    const fresh = project(async (fresh) => {
      await fresh.copyPublished("jsr");
      await fresh.copyPublished("jsr_usocket", folder);
      fresh.write("deno.json", {
        imports: {
          "@fdready/fdready": "jsr:@fdready/fdready@0",
          "@fdready/usocket": "jsr:@fdready/usocket@0",
        },
        links: ["./jsr", "./jsr_usocket"],
      });
    });

    it("passes descriptors, with only permission to call the C library", async () => {
      const flags = ["--no-prompt", "--cached-only", `--allow-ffi=${libcPath()}`];
      // Deno warns about settings in the root's deno.json that are for its workspace.
      assertStringIncludes(await fresh.run("deno", "run", ...flags, "usocket.ts"), passed);
    });

    it("passes deno check", async () => {
      await fresh.run("deno", "check", "usocket.ts");
    });
  });

  itIsPublished(folder);
});
