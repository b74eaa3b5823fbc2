/** The packages of this workspace, except the root. */

import { readdirSync, readFileSync } from "node:fs";
import { root } from "./root.ts";

/** Their folders, relative to the root. */
export const packages: readonly string[] = readdirSync(`${root}/packages`)
  .sort().map((name) => `packages/${name}`);

/** The entry points of the root and of all packages, relative to the root. */
export const entryPoints: readonly string[] = [
  "mod.ts",
  "src/os/mod.ts",
  ...packages.map((folder) => `${folder}/mod.ts`),
];

/** The dependencies of `folder`: the npm names with their versions. */
export function dependencies(folder: string): Readonly<Record<string, string>> {
  const manifest = JSON.parse(readFileSync(`${root}/${folder}/package.json`, "utf8"));
  return manifest.dependencies ?? {};
}
