import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import process from "node:process";
import { dependencies, packages } from "./packages.ts";
import { type Outcome, outcome } from "./programs.ts";
import { root } from "./root.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

/** The name of the package in `folder`, and its entry point. */
function nameAndPath(folder: string): [string, string] {
  const { name } = JSON.parse(readFileSync(`${root}/${folder}/deno.json`, "utf8"));
  return [name, `${root}/${folder}/mod.ts`];
}

/**
 * A folder outside the repository with its own configuration, which maps the package names to the
 * sources.
 */
export class SnippetFolder extends TemporaryFolder {
  constructor() {
    super();
    const imports = {
      "@fdready/fdready": `${root}/mod.ts`,
      "@fdready/fdready/os": `${root}/src/os/mod.ts`,
      ...Object.fromEntries(packages.map(nameAndPath)),
    };
    const paths = Object.fromEntries(Object.entries(imports).map(([name, path]) => [name, [path]]));
    this.write("deno.json", JSON.stringify({ imports, nodeModulesDir: "manual" }));
    // Deno resolves the dependencies of packages only in a project that has dependencies.
    const needed = Object.assign({}, ...packages.map(dependencies));
    this.write("package.json", JSON.stringify({ type: "module", dependencies: needed }));
    symlinkSync(`${root}/node_modules`, `${this.path}/node_modules`);
    this.write("tsconfig.json", JSON.stringify({ compilerOptions: { paths } }));
  }

  write(file: string, text: string): void {
    writeFileSync(`${this.path}/${file}`, text);
  }

  /** Runs the runtime in the folder. */
  run(...args: string[]): Promise<Outcome> {
    return outcome(spawn(process.execPath, args, {
      cwd: this.path,
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 120_000,
      killSignal: "SIGKILL",
    }));
  }

  /** Runs the runtime in the folder, which must succeed. Returns the output. */
  async succeed(...args: string[]): Promise<string> {
    const { code, signal, output } = await this.run(...args);
    assertEquals([code, signal], [0, null], output);
    return output;
  }
}
