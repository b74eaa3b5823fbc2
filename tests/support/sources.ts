/** The files of the published packages, and what each imports. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./root.ts";

/** A source file, by its path from the root. */
export interface Source {
  readonly path: string;
  /** Without comments. */
  readonly code: string;
  /** Paths from the root of the project's own files, names of all others. */
  readonly imports: readonly string[];
}

/** All TypeScript files under `folder`. */
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
