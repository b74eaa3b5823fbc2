/** Runs the suite on the arm64 builds of the runtimes, under qemu-user. */

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { RuntimeName } from "../src/runtime/runtime.ts";
import { forEachRuntime, runtimeNames, testRuntimes } from "./runner/runtimes.ts";
import { notOnArm64, reducedOnArm64 } from "./runner/selections.ts";
import { readSettings } from "./runner/settings.ts";

const usage = `
deno task test:arm64 [--reduced] [--if-possible] [options] [files...]

Runs the suite on the arm64 builds of the runtimes, under qemu-user. It needs the Debian packages
qemu-user, libc6-arm64-cross, libgcc-s1-arm64-cross, libstdc++6-arm64-cross and
libatomic1-arm64-cross. The builds come from npm and are kept in node_modules.

  --reduced        run only files that depend on the architecture
  --if-possible    print what is missing, if anything, and succeed

The other options are those of deno task test.
`;

/** The versions of the builds. */
const versions: Readonly<Record<RuntimeName, string>> = {
  deno: "2.9.5",
  bun: "1.4.5",
  node: "26.10.0",
};

/** Where Debian's cross packages put the C library and the other libraries of the builds. */
const libraries = "/usr/aarch64-linux-gnu/lib";
const loader = "ld-linux-aarch64.so.1";

/**
 * A processor without pointer authentication, whose emulation takes more than half of Deno's time.
 */
const processor = "neoverse-n1";

/** The time limit for npm, in ms. */
const patience = 300_000;

const environment = {
  /** The architecture whose system call numbers the kernel reports. */
  FDREADY_TEST_KERNEL: process.arch,
  FDREADY_TEST_SCALE: "0.05",
  /**
   * To terminate a busy Worker, optimized code in Bun writes to a null pointer, and Bun catches the
   * signal. Under qemu it misses one in a hundred or so, and crashes. Unoptimized code checks a
   * flag instead.
   */
  BUN_JSC_useDFGJIT: "0",
};

const root = resolve(import.meta.dirname!, "..");
const folder = join(root, "node_modules/.arm64");

/** Programs under qemu look here before they look in the machine's own root. */
const sysroot = join(folder, "root");

const qemu = ["qemu-aarch64", "-cpu", processor, "-L", sysroot];

/** A prerequisite is missing. */
class Missing extends Error {}

/** Runs a program that must succeed. */
async function succeed(program: string, args: string[]): Promise<void> {
  const signal = AbortSignal.timeout(patience);
  const command = [program, ...args].join(" ");
  try {
    const { success, code, stderr } = await new Deno.Command(program, { args, signal }).output();
    if (success) return;
    throw new Missing(`${command} ended with ${code}: ${new TextDecoder().decode(stderr).trim()}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Missing(`there is no ${program}`);
  }
}

/** Prepares the builds. Returns the programs that run them. */
async function prepare(): Promise<Record<RuntimeName, string>> {
  if (process.arch === "arm64") throw new Missing("this machine is one, for deno task test");
  if (!existsSync(join(libraries, loader))) throw new Missing(`there is no ${libraries}/${loader}`);
  layOut();
  const [program = "", ...args] = qemu;
  await succeed(program, [...args, join(libraries, loader), "--version"]);
  if (!runtimeNames.every(isInstalled)) await install();
  const scripts = forEachRuntime(emulated);
  for (const runtime of runtimeNames) await succeed(scripts[runtime], ["--version"]);
  return scripts;
}

/** Links the libraries to where an arm64 Debian has them. */
function layOut(): void {
  const lib = join(sysroot, "lib");
  mkdirSync(lib, { recursive: true });
  link(libraries, join(lib, "aarch64-linux-gnu"));
  link(join(libraries, loader), join(lib, loader));
}

function link(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) symlinkSync(target, path);
}

function isInstalled(runtime: RuntimeName): boolean {
  const { name } = testRuntimes[runtime].builds.arm64;
  try {
    const manifest = readFileSync(join(folder, "node_modules", name, "package.json"), "utf8");
    return JSON.parse(manifest).version === versions[runtime];
  } catch {
    return false;
  }
}

async function install(): Promise<void> {
  const wanted = runtimeNames.map((runtime) =>
    `${testRuntimes[runtime].builds.arm64.name}@${versions[runtime]}`
  );
  const target = ["--cpu=arm64", "--os=linux", "--libc=glibc", "--force"];
  await succeed("npm", ["install", "--loglevel=error", ...target, "--prefix", folder, ...wanted]);
}

/** Lines of the shell that let the arguments of a runtime load the module `path` first. */
const preloading: Readonly<Record<RuntimeName, (path: string) => string>> = {
  deno: preloadInCommand,
  bun: preloadInCommand,
  node: (path) => `*) set -- "--import=file://${path}" "$@" ;;`,
};

function preloadInCommand(path: string): string {
  return `run | test) command="$1"; shift; set -- "$command" "--preload=${path}" "$@" ;;`;
}

/**
 * Creates a program that runs a build under qemu. Tests that start their own runtime use it too,
 * because this machine can't run the build itself.
 */
function emulated(runtime: RuntimeName): string {
  const { name, program } = testRuntimes[runtime].builds.arm64;
  const build = join(folder, "node_modules", name, program);
  const script = join(folder, runtime);
  const preload = `${script}.js`;
  const assignment = `process.execPath = ${JSON.stringify(script)};`;
  writeFileSync(preload, `import process from "node:process";\n${assignment}\n`);
  const lines = [
    "#!/bin/sh",
    'case "$1" in',
    preloading[runtime](preload),
    "esac",
    `exec ${[...qemu, build].map((word) => `"${word}"`).join(" ")} "$@"`,
  ];
  writeFileSync(script, `${lines.join("\n")}\n`, { mode: 0o755 });
  return script;
}

async function runTests(scripts: Record<RuntimeName, string>, args: string[]): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      join(root, "_tools/run_tests.ts"),
      ...runtimeNames.map((runtime) => `--program=${runtime}=${scripts[runtime]}`),
      ...Object.entries(notOnArm64).map(([file, reason]) => `--skip=${file}=${reason}`),
      ...args,
    ],
    env: environment,
    stdin: "null",
  });
  return (await command.spawn().status).code;
}

function take(args: string[], option: string): boolean {
  const index = args.indexOf(option);
  return index !== -1 && args.splice(index, 1).length > 0;
}

const args = Deno.args.filter((argument) => argument !== "--");
const ifPossible = take(args, "--if-possible");
if (take(args, "--reduced")) args.push(...reducedOnArm64.map((file) => join(root, file)));
await readSettings(usage, args);
try {
  Deno.exitCode = await runTests(await prepare(), args);
} catch (error) {
  if (!(error instanceof Missing)) throw error;
  console.log(`${ifPossible ? "SKIPPED " : ""}the suite on arm64: ${error.message}`);
  Deno.exitCode = ifPossible ? 0 : 1;
}
