/**
 * The tarballs of the root and of `packages/usocket`, and the package on JSR, in fresh projects.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { libcPath } from "../../support/libc_path.ts";
import { describePackage } from "./support/fresh_project.ts";
import { root } from "./support/project.ts";

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

describePackage("packages/usocket", (suite) => {
  describe("in a fresh Bun project", () => {
    const fresh = suite.project((fresh) => suite.installWithBun(fresh, { overrides }, "dbus-next"));

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
    const fresh = suite.project((fresh) => suite.installWithNpm(fresh, { overrides }, "dbus-next"));

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
    const fresh = suite.project((fresh) => suite.linkPublished(fresh));

    it("passes descriptors, with only permission to call the C library", async () => {
      const flags = ["--no-prompt", "--cached-only", `--allow-ffi=${libcPath()}`];
      // Deno warns about settings in the root's deno.json that are for its workspace.
      assertStringIncludes(await fresh.run("deno", "run", ...flags, "usocket.ts"), passed);
    });

    it("passes deno check", async () => {
      await fresh.run("deno", "check", "usocket.ts");
    });
  });
});
