/** The tarball in a fresh Node project, and the message of an older Node. */

import { assertEquals, assertMatch } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { isOlder, runtimes } from "../../../src/runtime/runtime.ts";
import { describeUnless } from "../../support/skip.ts";
import { assertDriversWork, assertWorkerWorks } from "./support/expect.ts";
import { Project } from "./support/project.ts";

/** Programs that resolve a wait and print the driver. `auto` is the first one that works. */
const waiting = `
  const [reader, writer] = os.pipe();
  os.write(writer, new Uint8Array(1));
  fdready.waitReadable(reader).then(() => {
    console.log("resolved by", fdready.defaultManager().statistics().driver);
  });
`;

const plain = {
  "main.mjs": `
    import * as fdready from "@fdready/fdready";
    import * as os from "@fdready/fdready/os";
    ${waiting}`,
  "main.cjs": `
    const fdready = require("@fdready/fdready");
    const os = require("@fdready/fdready/os");
    ${waiting}`,
  "late.cjs": `
    (async () => {
      const fdready = await import("@fdready/fdready");
      const os = await import("@fdready/fdready/os");
      ${waiting}
    })();`,
};

const resolved = /^resolved by (uv|uring|thread)$/m;

describe("the package in a fresh Node project", () => {
  const project = new Project();
  beforeAll(() => project.installWithNpm());
  afterAll(() => project[Symbol.dispose]());

  it("installs no dependencies, runs no scripts, and requires the first Node without a flag", () => {
    const path = project.at("node_modules/@fdready/fdready/package.json");
    const { dependencies = {}, scripts = {}, engines } = JSON.parse(readFileSync(path, "utf8"));
    assertEquals({ dependencies, scripts, engines }, {
      dependencies: {},
      scripts: {},
      engines: { node: ">=26.9.0" },
    });
  });

  for (const [name, source] of Object.entries(plain)) {
    it(`waits in plain JavaScript: ${name}`, async () => {
      project.write(name, source);
      assertMatch(await project.run("node", name), resolved);
    });
  }

  it("waits when bundled for Node, as a module and as CommonJS", async () => {
    project.write("main.mjs", plain["main.mjs"]);
    for (const format of ["esm", "cjs"]) {
      const bundle = `bundle.${format === "esm" ? "mjs" : "cjs"}`;
      const options = ["--target=node", `--format=${format}`, "--minify", `--outfile=${bundle}`];
      await project.run("bun", "build", ...options, "main.mjs");
      assertMatch(await project.run("node", bundle), resolved);
    }
  });

  it("prints only Node's warning, which a flag silences", async () => {
    project.write("main.mjs", plain["main.mjs"]);
    const flag = "--disable-warning=ExperimentalWarning";
    assertMatch(await project.run("node", flag, "main.mjs"), /^resolved by \w+\n$/);
    assertMatch(await project.run("node", "main.mjs"), /^(.*ExperimentalWarning: FFI is.*\n)/m);
  });

  it("works with the permission model", async () => {
    project.write("main.mjs", plain["main.mjs"]);
    const permissions = ["--permission", "--allow-ffi", "--allow-fs-read=."];
    assertMatch(await project.run("node", ...permissions, "main.mjs"), resolved);
  });

  it("works with every driver", async () => {
    assertDriversWork(await project.run("node", "drivers.ts"));
  });

  it("works in a Worker", async () => {
    assertWorkerWorks(await project.run("node", "in_node_worker.ts"));
  });

  it("exports the whole API", async () => {
    assertMatch(await project.run("node", "whole_api.ts"), /^whole API: ok$/m);
  });
});

/** The Node that is installed on this machine, outside of the repository. */
function findInstalledNode(): string | undefined {
  return process.env.PATH?.split(":")
    .filter((folder) => !folder.includes("node_modules"))
    .map((folder) => `${folder}/node`)
    .find((path) => existsSync(path));
}

const installed = findInstalledNode();
const version = installed === undefined
  ? undefined
  : execFileSync(installed, ["--version"], { encoding: "utf8" }).trim().slice(1);
const reason = version !== undefined && isOlder(version, runtimes.node.oldest)
  ? undefined
  : "no Node that is too old is installed on this machine";

describeUnless(reason, "the package on a Node that is too old", () => {
  const project = new Project();
  beforeAll(() => project.installWithNpm());
  afterAll(() => project[Symbol.dispose]());

  it("can be imported, and each call fails with one sentence", async () => {
    const output = await project.run(installed!, "old_runtime.js");
    const needs = "fdready needs node:ffi of Node 26.9 or later";
    const expected = `UnsupportedPlatformError: ${needs}; this is Node ${version}`;
    const lines = output.trimEnd().split("\n");
    const others = lines.filter((line) => line.slice(line.indexOf(" ") + 1) !== expected);
    assertEquals(others, []);
    assertEquals(lines.length > 15, true, output);
  });
});
