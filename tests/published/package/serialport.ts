/**
 * The tarballs of the root and of `packages/serialport`, and the package on JSR, in fresh projects.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readdirSync } from "node:fs";
import { describePackage } from "./support/fresh_project.ts";
import { type Project, root, run as runIn } from "./support/project.ts";

/**
 * CommonJS packages that use `@serialport/bindings-cpp`, which this package can replace, do the
 * same.
 */
const required = 'console.log(require("@fdready/serialport").autoDetect().open.name)';

/** Options that may be undefined, and the binding in npm's stream. */
const typed = `
import { binding, SerialPort } from "@fdready/serialport";
import { SerialPortStream } from "@serialport/stream";

const vtime = [1][1];
const options = { path: "/dev/nothing", baudRate: 9600, autoOpen: false, vmin: 1 };
new SerialPort({ ...options, parity: "odd", vtime });
new SerialPortStream({ ...options, parity: "odd", binding });
// @ts-expect-error: not a parity
new SerialPort({ ...options, parity: "strange" });
`;

const moved = [
  "received: hello",
  "sent: good day",
  "speed: 9600",
  "refused: Error: No such file or directory, cannot open /dev/nothing",
  "parsers: false",
  "",
].join("\n");

const listed = `list: ok\n${moved}`;

describePackage("packages/serialport", (suite) => {
  describe("in a fresh Bun project", () => {
    const fresh = suite.project((fresh) => suite.installWithBun(fresh));

    it("transfers bytes", async () => {
      assertEquals(await fresh.run("bun", "serial.ts", "list"), listed);
    });

    it("can be required", async () => {
      fresh.write("required.cjs", required);
      assertEquals(await fresh.run("bun", "required.cjs"), "open\n");
    });

    it("has no native code", () => {
      const files = readdirSync(fresh.at("node_modules"), { recursive: true, encoding: "utf8" });
      assertEquals(files.filter((file) => /\.(node|gyp|cpp)$/.test(file)), []);
    });

    it("transfers bytes when compiled with bun build --compile", async () => {
      await fresh.run("bun", "build", "--compile", "--outfile=serial", "serial.ts");
      assertEquals(await fresh.run("./serial", "list"), listed);
    });
  });

  const inDeno: Record<string, (fresh: Project) => Promise<void>> = {
    "the tarballs": (fresh) => suite.installWithNpm(fresh),
    "what JSR gets": async (fresh) => {
      await suite.linkPublished(fresh);
      await fresh.run("deno", "cache", "serial.ts");
    },
  };
  for (const [source, install] of Object.entries(inDeno)) {
    describe(`in a fresh Deno project, from ${source}`, () => {
      const fresh = suite.project(install);
      const run = (args: string[], ...permissions: string[]) =>
        fresh.run(
          "deno",
          "run",
          "--no-prompt",
          "--cached-only",
          ...permissions,
          "serial.ts",
          ...args,
        );

      it("transfers bytes, with the permissions in the README", async () => {
        assertStringIncludes(await run([], "--allow-ffi", "--allow-env"), moved);
        assertStringIncludes(await run(["list"], "--allow-all"), listed);
      });

      if (source === "the tarballs") {
        it("can be required", async () => {
          fresh.write("required.cjs", required);
          const args = ["--cached-only", "--allow-ffi", "--allow-env", "--allow-read"];
          assertEquals(await fresh.run("deno", "run", ...args, "required.cjs"), "open\n");
        });
        it("passes tsc --strict", async () => {
          fresh.write("typed.ts", typed);
          const compilerOptions = {
            target: "esnext",
            lib: ["esnext"],
            module: "nodenext",
            strict: true,
            exactOptionalPropertyTypes: true,
            noUncheckedIndexedAccess: true,
            skipLibCheck: false,
            noEmit: true,
            // The declarations from npm refer to @types/node.
            typeRoots: [`${root}/node_modules/@types`],
            types: ["node"],
          };
          fresh.write("tsconfig.json", { compilerOptions, include: ["typed.ts", "serial.ts"] });
          const result = await runIn(fresh.path, "tsc", "--project", "tsconfig.json");
          assertEquals(result, { code: 0, signal: null, output: "" });
        });
        return;
      }

      it("passes deno check", async () => {
        await fresh.run("deno", "check", "serial.ts");
      });
    });
  }
});
