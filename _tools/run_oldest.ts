/** Runs the suite on the oldest supported version of each runtime, from npm. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RuntimeName, runtimes } from "../src/runtime/runtime.ts";
import { type Build, runtimeNames, testRuntimes } from "./runner/runtimes.ts";
import { readSettings } from "./runner/settings.ts";

const usage = `
deno task test:oldest [options] [files...]

Runs the suite on the oldest supported version of each runtime, from npm. The options and files are
the same as those of deno task test.
`;

const architecture = Deno.build.arch === "aarch64" ? "arm64" : "x64";

/** The npm package with the build of a runtime for this machine. */
function buildOf(runtime: RuntimeName): Build {
  return testRuntimes[runtime].builds[architecture];
}

async function run(program: string, args: string[]): Promise<number> {
  const { code } = await new Deno.Command(program, { args, stdin: "null" }).spawn().status;
  return code;
}

async function install(folder: string): Promise<void> {
  const wanted = runtimeNames.map((runtime) =>
    `${buildOf(runtime).name}@${runtimes[runtime].oldest}`
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
    ...runtimeNames.map((runtime) => {
      const { name, program } = buildOf(runtime);
      return `--program=${runtime}=${join(modules, name, program)}`;
    }),
    ...args,
  ]);
} finally {
  rmSync(folder, { recursive: true });
}
