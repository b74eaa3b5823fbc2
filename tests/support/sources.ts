/** The source files of packages, and their imports. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./root.ts";

/** A source file. `path` is relative to the root. */
export interface Source {
  readonly path: string;
  /** Without comments. */
  readonly code: string;
  /** Files of the project are paths relative to the root, others are names. */
  readonly imports: readonly string[];
}

/** All TypeScript files in `folder`. */
export function sources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => source(join(folder, path)));
}

/** The file at `path`. */
export function source(path: string): Source {
  const text = readFileSync(join(root, path), "utf8");
  const code = text.replace(/\/\*.*?\*\//gs, "").replace(/(^|\s)\/\/.*$/gm, "");
  const imports = Array.from(
    code.matchAll(/^(?:import|export)\b[^;]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"/gm),
    ([, from, bare]) => from ?? bare ?? "",
  );
  return {
    path,
    code,
    imports: imports.map((name) => name.startsWith(".") ? join(dirname(path), name) : name),
  };
}
