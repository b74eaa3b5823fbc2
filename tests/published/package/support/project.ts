/** Users' projects: temporary folders with nothing but the package. */

import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { packForNpm } from "../../../../_tools/npm/pack_for_npm.ts";
import { dependencies } from "../../../support/packages.ts";
import { longestRun, type Outcome, outcome } from "../../../support/programs.ts";
import { TemporaryFolder } from "../../../support/temporary_folder.ts";

/** The repository. */
export const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Nothing listens at this address, so nothing can come from a registry. */
const nowhere = "http://127.0.0.1:9";

const environment = {
  ...process.env,
  PATH: `${root}/node_modules/.bin:${process.env.PATH}`,
  NO_COLOR: "1",
  DENO_NO_UPDATE_CHECK: "1",
  // npm and tsc would leave it in the folder for temporary files.
  NODE_DISABLE_COMPILE_CACHE: "1",
  NPM_CONFIG_REGISTRY: nowhere,
  BUN_CONFIG_REGISTRY: nowhere,
  JSR_URL: nowhere,
};

/** Runs `program`, from the repository or the machine. */
export function run(folder: string, program: string, ...args: string[]): Promise<Outcome> {
  return runWith({}, folder, program, ...args);
}

function runWith(
  variables: Record<string, string>,
  folder: string,
  program: string,
  ...args: string[]
): Promise<Outcome> {
  return outcome(spawn(program, args, {
    cwd: folder,
    env: { ...environment, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: longestRun,
    killSignal: "SIGKILL",
  }));
}

/** A folder with the programs of `tests/published/package/consumers`. */
export class Project extends TemporaryFolder {
  /** The registry for packages that aren't given as files. */
  registry = nowhere;

  constructor() {
    super();
    const consumers = `${root}/tests/published/package/consumers`;
    for (const name of readdirSync(consumers)) copyFileSync(`${consumers}/${name}`, this.at(name));
  }

  /** The path of a file in the project. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file. Objects become JSON. */
  write(name: string, content: string | object): void {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(this.at(name), text);
  }

  /** Runs `program` in the project, which must succeed. Returns the output. */
  async run(program: string, ...args: string[]): Promise<string> {
    const variables = {
      NPM_CONFIG_REGISTRY: this.registry,
      BUN_CONFIG_REGISTRY: this.registry,
      // No caches of this machine, which could make an install work that fails elsewhere.
      NPM_CONFIG_CACHE: this.at(".npm"),
      BUN_INSTALL_CACHE_DIR: this.at(".bun"),
    };
    const { code, signal, output } = await runWith(variables, this.path, program, ...args);
    assertEquals([code, signal], [0, null], `${program} ${args.join(" ")}:\n${output}`);
    return output;
  }

  /** Creates `fdready.tgz`, the tarball for npm, or that of the package in `folder`. */
  async pack(folder = "."): Promise<void> {
    const name = folder === "." ? "fdready" : basename(folder);
    await packForNpm(resolve(root, folder), this.at(`${name}.tgz`));
  }

  /** Creates the tarballs of the root and of `folders`, and installs them with npm. */
  async installWithNpm(...folders: string[]): Promise<void> {
    for (const folder of [".", ...folders]) await this.pack(folder);
    this.write("package.json", { type: "module" });
    const names = ["fdready", ...folders.map((folder) => basename(folder))];
    const tarballs = names.map((name) => `./${name}.tgz`);
    await this.run("npm", "install", "--no-audit", "--no-fund", ...tarballs);
  }

  /** Copies the files that `deno publish` would send to JSR to the folder `name`. */
  async copyPublished(name: string, folder = "."): Promise<void> {
    for (const file of await publishedFiles(folder)) {
      const copy = this.at(`${name}/${file}`);
      mkdirSync(dirname(copy), { recursive: true });
      cpSync(resolve(root, folder, file), copy);
      if (folder !== "." && file.endsWith(".ts")) qualify(copy, folder);
    }
  }
}

/** Writes the registries into import specifiers, as `deno publish` does. */
function qualify(file: string, folder: string): void {
  const { version } = JSON.parse(readFileSync(`${root}/deno.json`, "utf8"));
  const sources = Object.entries(dependencies(folder))
    .map(([name, range]): [string, string] => [name, `npm:${name}@${range}`]);
  sources.push(["@fdready/fdready", `jsr:@fdready/fdready@^${version}`]);
  let text = readFileSync(file, "utf8");
  for (const [name, source] of sources) {
    text = text.replaceAll(new RegExp(`from "${name}(?=["/])`, "g"), `from "${source}`);
  }
  writeFileSync(file, text);
}

/** The files that JSR would get from the root or a package, relative to its folder. */
export async function publishedFiles(folder = "."): Promise<string[]> {
  const from = resolve(root, folder);
  const { code, output } = await run(from, "deno", "publish", "--dry-run", "--allow-dirty");
  assertEquals(code, 0, output);
  const files = [...output.matchAll(/^ +(file:\S+) \(/gm)].map(([, url]) => fileURLToPath(url!));
  return files.map((path) => relative(from, path));
}
