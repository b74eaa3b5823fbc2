import { assertEquals } from "@std/assert";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import process from "node:process";
import { type Outcome, outcome } from "./programs.ts";
import { root } from "./root.ts";
import { TemporaryFolder } from "./temporary_folder.ts";

/** Outside the repository, with settings of its own by which it finds the package. */
export class SnippetFolder extends TemporaryFolder {
  constructor() {
    super();
    const imports = {
      "@fdready/fdready": `${root}/mod.ts`,
      "@fdready/fdready/os": `${root}/src/os/mod.ts`,
    };
    const paths = Object.fromEntries(Object.entries(imports).map(([name, path]) => [name, [path]]));
    this.write("deno.json", JSON.stringify({ imports }));
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

  /** The same, and it must succeed. Returns what it printed. */
  async succeed(...args: string[]): Promise<string> {
    const { code, signal, output } = await this.run(...args);
    assertEquals([code, signal], [0, null], output);
    return output;
  }
}
