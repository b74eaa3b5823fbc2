/** The tarball of a package: that of `deno pack`, with what npm needs besides. */

import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findProgram } from "../runner/runtimes.ts";

/** The first version of Node that needs no flag for `node:ffi`. */
const engines = { node: ">=26.9.0" };

/** What the other packages are built on. */
const root = "@fdready/fdready";

/** A `package.json` from `deno pack`. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, { readonly import: string }>>;
}

/** Packs the package in `folder` into the file `tarball`. */
export async function packForNpm(folder: string, tarball: string): Promise<void> {
  const options = ["--quiet", "--allow-dirty", "--no-source-maps", `--output=${tarball}`];
  await run(folder, findProgram("deno"), "pack", ...options);
  const temporary = mkdtempSync(join(tmpdir(), "fdready-pack-"));
  try {
    await run(temporary, "tar", "-xzf", tarball);
    const path = join(temporary, "package/package.json");
    const manifest: Manifest = JSON.parse(readFileSync(path, "utf8"));
    if (manifest.name === root) await joinScripts(temporary, manifest);
    const complete = { ...manifest, ...additions(folder, manifest) };
    writeFileSync(path, `${JSON.stringify(complete, null, 2)}\n`);
    await run(temporary, "tar", "-czf", tarball, "package");
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

/**
 * Joins the scripts in `package` into one for each entry point, and one that they share. Programs
 * load all of them, and a file costs more than its contents: loading 134 took 12 ms of CPU time in
 * Deno, 25 in Bun and 90 in Node, loading three 4, 10 and 12.
 */
async function joinScripts(temporary: string, { exports }: Manifest): Promise<void> {
  const folder = join(temporary, "package");
  const joined = join(temporary, "joined");
  const entryPoints = Object.values(exports).map((paths) => paths.import);
  const options = ["--quiet", "--code-splitting", "--packages=external", `--outdir=${joined}`];
  await run(folder, findProgram("deno"), "bundle", ...options, ...entryPoints);
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".js")) rmSync(join(folder, file));
  }
  cpSync(joined, folder, { recursive: true });
}

/** The fields that `deno pack` leaves out. */
function additions(folder: string, { name, version }: Manifest): object {
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // npm and Bun install it too, and a program has only one.
  const peerDependencies = name === root ? undefined : { [root]: `^${version}` };
  const description = readDescription(folder);
  return { description, engines, dependencies, peerDependencies, ...repository() };
}

/** The first sentence of the README. */
function readDescription(folder: string): string {
  const [, paragraph = ""] = readFileSync(join(folder, "README.md"), "utf8").split("\n\n");
  const [sentence] = paragraph.replaceAll("\n", " ").split(/(?<=\.)\s/);
  return sentence!.replaceAll(/\[`?([^\]`]+)`?\]\([^)]*\)/g, "$1");
}

/** npm compares it with the repository whose workflow publishes, for the provenance. */
function repository(): object {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env;
  if (name === undefined) return {};
  return { repository: { type: "git", url: `git+${server}/${name}.git` } };
}

/** Runs a program that must succeed. */
async function run(folder: string, program: string, ...args: string[]): Promise<void> {
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (data) => output += data);
  child.stderr.on("data", (data) => output += data);
  const code = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output}`);
}
