/** The tarballs of the root and of `packages/pty`, and the package on JSR, in fresh projects. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync } from "node:fs";
import { describePackage } from "./support/fresh_project.ts";
import { root, run } from "./support/project.ts";

const passed = "text 21 91 got text exit 3 0\necho\n";
const replaced = "exit 4 true function\n";
const executed = "one 3 0\nhello you\nready 40 100 4 0\nready 0 15\n";
const attached = "attached true 100 40\nexit 3 0\n";
const dependencies = {
  "@fdready/fdready": "file:./fdready.tgz",
  "node-pty": "file:./pty.tgz",
  "bun-pty": "file:./pty.tgz",
};

describePackage("packages/pty", (suite) => {
  describe("in a fresh Bun project", () => {
    const fresh = suite.project((fresh) => suite.installWithBun(fresh, { dependencies }, "ssh2"));

    it("runs programs in terminals", async () => {
      assertEquals(await fresh.run("bun", "pty.ts"), passed);
    });

    it("takes the place of node-pty", async () => {
      assertEquals(await fresh.run("bun", "node_pty.cjs"), replaced);
    });

    itServesPrograms((name) => fresh.run("bun", name));

    it("has no native code", () => {
      for (const name of ["@fdready", "node-pty", "bun-pty"]) {
        const folder = fresh.at(`node_modules/${name}`);
        const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
        assertEquals(files.filter((file) => /\.(node|gyp|cc)$/.test(file)), []);
      }
    });

    it("runs programs in terminals when compiled with bun build --compile", async () => {
      await fresh.run("bun", "build", "--compile", "--outfile=compiled", "pty.ts");
      assertEquals(await fresh.run("./compiled"), passed);
    });
  });

  describe("in a fresh Deno project, from the tarballs", () => {
    const fresh = suite.project((fresh) => suite.installWithNpm(fresh, { dependencies }, "ssh2"));

    it("runs programs in terminals, without permission to run programs", async () => {
      const permissions = ["--allow-ffi", "--allow-read", "--allow-env"];
      const flags = ["--no-prompt", "--cached-only", ...permissions];
      assertEquals(await fresh.run("deno", "run", ...flags, "pty.ts"), passed);
    });

    it("takes the place of node-pty", async () => {
      assertEquals(await fresh.run("deno", "run", "-A", "node_pty.cjs"), replaced);
    });

    itServesPrograms((name) => fresh.run("deno", "run", "-A", name));

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
    const fresh = suite.project((fresh) => suite.installWithNpm(fresh, { dependencies }, "ssh2"));

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

    itServesPrograms((name) => fresh.run("node", "--disable-warning=ExperimentalWarning", name));
  });

  describe("in a fresh Deno project, from JSR", () => {
    const fresh = suite.project((fresh) => suite.linkPublished(fresh));

    it("runs programs in terminals", async () => {
      const flags = ["--no-prompt", "--cached-only", "--allow-ffi", "--allow-read", "--allow-env"];
      // Deno warns about settings in the root's deno.json that are for its workspace.
      assertStringIncludes(await fresh.run("deno", "run", ...flags, "pty.ts"), passed);
    });

    it("passes deno check", async () => {
      await fresh.run("deno", "check", "pty.ts");
    });
  });
});

/** Registers the tests of programs that were written for node-pty and bun-pty. */
function itServesPrograms(run: (name: string) => Promise<string>): void {
  it("serves a shell over SSH", async () => {
    assertEquals(await run("ssh_server.cjs"), "exit 5\n");
  });

  it("runs commands as gemini-cli does", async () => {
    assertEquals(await run("shell_tool.mjs"), executed);
  });

  it("keeps sessions as opencode does", async () => {
    assertEquals(await run("sessions.cjs"), attached);
  });
}
