/** Runs the suite on the oldest versions of both runtimes that are supported, which npm brings. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RuntimeName, runtimes } from "../src/runtime/runtime.ts";
import { readSettings } from "./runner/settings.ts";

const usage = `
deno task test:oldest [options] [files...]

Runs the suite on the oldest versions of both runtimes that are supported, which npm brings. It takes
what deno task test takes.
`;

/** The npm packages that hold the binaries for this machine. */
const packages = {
  deno: `@deno/linux-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}-glibc`,
  bun: `@oven/bun-linux-${Deno.build.arch === "aarch64" ? "aarch64" : "x64"}`,
};

async function run(program: string, args: string[]): Promise<number> {
  const { code } = await new Deno.Command(program, { args, stdin: "null" }).spawn().status;
  return code;
}

async function install(folder: string): Promise<void> {
  const wanted = Object.entries(packages).map(([runtime, name]) =>
    `${name}@${runtimes[runtime as RuntimeName].oldest}`
  );
  const code = await run("npm", ["install", "--silent", "--prefix", folder, ...wanted]);
  if (code !== 0) throw new Error(`npm can't install ${wanted.join(" and ")}`);
}

const args = Deno.args.filter((argument) => argument !== "--");
await readSettings(usage, args);
const folder = mkdtempSync(join(tmpdir(), "fdready-oldest-"));
try {
  await install(folder);
  const modules = join(folder, "node_modules");
  Deno.exitCode = await run(Deno.execPath(), [
    "run",
    "-A",
    join(import.meta.dirname!, "run_tests.ts"),
    `--deno=${join(modules, packages.deno, "deno")}`,
    `--bun=${join(modules, packages.bun, "bin/bun")}`,
    ...args,
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
