/** Projects as users have them, in temporary folders, with nothing but the package. */

import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Outcome, outcome } from "../../support/programs.ts";
import { TemporaryFolder } from "../../support/temporary_folder.ts";

/** This repository. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Nobody answers there, so that nothing can come from a registry. */
const nowhere = "http://127.0.0.1:9";

const environment = {
  ...process.env,
  PATH: `${root}/node_modules/.bin:${process.env.PATH}`,
  NO_COLOR: "1",
  DENO_NO_UPDATE_CHECK: "1",
  NPM_CONFIG_REGISTRY: nowhere,
  BUN_CONFIG_REGISTRY: nowhere,
  JSR_URL: nowhere,
};

/** Runs `program`, one of the repository's or of the machine's, to its end. */
export function run(folder: string, program: string, ...args: string[]): Promise<Outcome> {
  return outcome(spawn(program, args, {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
    killSignal: "SIGKILL",
  }));
}

/** A folder with the programs of `tests/package/consumers`. */
export class Project extends TemporaryFolder {
  constructor() {
    super();
    const consumers = `${root}/tests/package/consumers`;
    for (const name of readdirSync(consumers)) copyFileSync(`${consumers}/${name}`, this.at(name));
  }

  /** The path of a file in it. */
  at(name: string): string {
    return `${this.path}/${name}`;
  }

  /** Writes a file; what isn't text as JSON. */
  write(name: string, content: string | object): void {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    writeFileSync(this.at(name), text);
  }

  /** Runs `program` in it, which must succeed. Returns what it printed. */
  async run(program: string, ...args: string[]): Promise<string> {
    const { code, signal, output } = await run(this.path, program, ...args);
    assertEquals([code, signal], [0, null], `${program} ${args.join(" ")}:\n${output}`);
    return output;
  }

  /** Makes the tarball `fdready.tgz` that would go to npm. */
  async pack(): Promise<void> {
    const { code, output } = await run(
      root,
      "deno",
      "pack",
      "--quiet",
      "--allow-dirty",
      "--no-source-maps",
      `--output=${this.at("fdready.tgz")}`,
    );
    assertEquals(code, 0, output);
  }

  /** Makes the tarball and installs it with npm. */
  async installWithNpm(): Promise<void> {
    await this.pack();
    this.write("package.json", { type: "module" });
    await this.run("npm", "install", "--offline", "--no-audit", "--no-fund", "./fdready.tgz");
  }

  /** Copies the files that JSR would get, as `deno publish` lists them, to the folder `name`. */
  async copyPublished(name: string): Promise<void> {
    for (const file of await publishedFiles()) {
      mkdirSync(dirname(this.at(`${name}/${file}`)), { recursive: true });
      cpSync(resolve(root, file), this.at(`${name}/${file}`));
    }
  }
}

/** What JSR would get, as paths from the repository's root. */
export async function publishedFiles(): Promise<string[]> {
  const { code, output } = await run(root, "deno", "publish", "--dry-run", "--allow-dirty");
  assertEquals(code, 0, output);
  const files = [...output.matchAll(/^ +(file:\S+) \(/gm)].map(([, url]) => fileURLToPath(url!));
  return files.map((path) => path.slice(root.length));
}
