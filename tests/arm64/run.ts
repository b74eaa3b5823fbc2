/**
 * Runs the suite with the arm64 builds of both runtimes, under qemu-user.
 *
 *     deno task test:arm64 [what tests/run.ts takes]
 *
 * It needs the Debian packages qemu-user, libc6-arm64-cross, libgcc-s1-arm64-cross and
 * libstdc++6-arm64-cross. The builds come from npm and are kept in node_modules.
 */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** What npm has for this machine's kernel and another processor. */
const packages = {
  deno: { name: "@deno/linux-arm64-glibc", version: "2.9.5", program: "deno" },
  bun: { name: "@oven/bun-linux-aarch64", version: "1.4.5", program: "bin/bun" },
} as const;

/** Where Debian's cross packages put the C library. */
const libraries = "/usr/aarch64-linux-gnu";

const root = resolve(import.meta.dirname!, "../..");
const folder = join(root, "node_modules/.arm64");

async function run(program: string, args: string[]): Promise<number> {
  const { code } = await new Deno.Command(program, { args, stdin: "null" }).spawn().status;
  return code;
}

async function install(): Promise<void> {
  const wanted = Object.values(packages).map(({ name, version }) => `${name}@${version}`);
  const target = ["--cpu=arm64", "--os=linux", "--libc=glibc", "--force"];
  const code = await run("npm", ["install", "--silent", ...target, "--prefix", folder, ...wanted]);
  if (code !== 0) throw new Error(`npm can't install ${wanted.join(" and ")}`);
}

/** A program that runs `build` under qemu, and lets tests that start it again do so by this. */
function emulated(runtime: keyof typeof packages): string {
  const { name, program } = packages[runtime];
  const build = join(folder, "node_modules", name, program);
  const script = join(folder, runtime);
  const lines = [
    "#!/bin/sh",
    'export FDREADY_TEST_PROGRAM="$0"',
    `exec qemu-aarch64 -L ${libraries} "${build}" "$@"`,
  ];
  writeFileSync(script, `${lines.join("\n")}\n`, { mode: 0o755 });
  return script;
}

if (!existsSync(join(libraries, "lib/libc.so.6"))) {
  throw new Error(`There is no arm64 C library in ${libraries}: install libc6-arm64-cross`);
}
mkdirSync(folder, { recursive: true });
await install();
Deno.exitCode = await run(Deno.execPath(), [
  "run",
  "-A",
  join(root, "tests/run.ts"),
  `--deno=${emulated("deno")}`,
  `--bun=${emulated("bun")}`,
  "--timeout=600",
  ...Deno.args.filter((argument) => argument !== "--"),
]);
