/** The declarations in strict TypeScript projects that also check their libraries. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import type { Outcome } from "../../support/programs.ts";
import { Project, root, run } from "./support/project.ts";

const consumers = ["whole_api.ts", "drivers.ts", "in_worker.ts", "worker.ts"];
const nodeConsumers = ["whole_api.ts", "drivers.ts", "in_node_worker.ts"];
/** These need Node's types. */
const packageConsumers = ["usocket.ts", "unix_dgram.ts", "package_options.ts"];

const settings = {
  target: "esnext",
  lib: ["esnext"],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
};

describe("tsc --strict", () => {
  const project = new Project();
  beforeAll(async () => {
    await project.installWithNpm("packages/usocket", "packages/unix-dgram");
    project.write("deno.d.ts", await project.run("deno", "types"));
    project.write("mistaken.ts", 'import "@fdready/fdready";\nconst text: string = 1;\n');
  });
  afterAll(() => project[Symbol.dispose]());

  const check = (options: object, include: string[]): Promise<Outcome> => {
    project.write("tsconfig.json", { compilerOptions: { ...settings, ...options }, include });
    return run(project.path, "tsc", "--project", "tsconfig.json");
  };
  const bunTypes = [`${root}/node_modules/bun-types`];

  for (const [module, moduleResolution] of [["preserve", "bundler"], ["nodenext", "nodenext"]]) {
    it(`reports no errors with only Bun's types and ${moduleResolution} resolution`, async () => {
      const files = [...consumers, ...packageConsumers];
      const result = await check({ module, moduleResolution, types: bunTypes }, files);
      assertEquals(result, { code: 0, signal: null, output: "" });
    });
  }

  it("reports no errors with only Node's types", async () => {
    const options = { module: "nodenext", moduleResolution: "nodenext" };
    const types = [`${root}/node_modules/@types/node`];
    const files = [...nodeConsumers, ...packageConsumers];
    const result = await check({ ...options, types }, files);
    assertEquals(result, { code: 0, signal: null, output: "" });
  });

  it("reports no errors with only Deno's types", async () => {
    const options = { module: "preserve", moduleResolution: "bundler", types: [] };
    const { output } = await check(options, [...consumers, "deno.d.ts"]);
    // The output of `deno types` is meant for Deno's own compiler: tsc has no lib "deno.net".
    const errors = output.split("\n").filter((line) =>
      line.includes("error TS") && !/^(deno\.d\.ts|.*lib\.[\w.]*d\.ts)\(/.test(line)
    );
    assertEquals(errors, []);
  });

  it("reports mistakes in this configuration", async () => {
    const options = { module: "preserve", moduleResolution: "bundler", types: [] };
    const { output } = await check(options, ["mistaken.ts", "deno.d.ts"]);
    assertMatch(output, /^mistaken\.ts\(2,7\): error TS2322/m);
  });
});

describe("whole_api.ts", () => {
  it("uses every function, class and type", async () => {
    const program = readFileSync(`${root}/tests/published/package/consumers/whole_api.ts`, "utf8");
    const { output } = await run(root, "deno", "doc", "--json", "mod.ts", "src/os/mod.ts");
    const names = Object.values<{ symbols: { name: string }[] }>(JSON.parse(output).nodes)
      .flatMap(({ symbols }) => symbols.map(({ name }) => name));
    assert(names.length > 50, output.slice(0, 1000));
    const constants = /^[A-Z][A-Z0-9_]*$/;
    const missing = names.filter((name) =>
      !constants.test(name) && !new RegExp(`\\b${name}\\b`).test(program)
    );
    assertEquals(missing, []);
  });
});
