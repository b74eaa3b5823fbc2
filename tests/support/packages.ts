/** The packages of this workspace beside its root. */

import { readdirSync, readFileSync } from "node:fs";
import { root } from "./root.ts";

/** Their folders, as paths from the root. */
export const packages: readonly string[] = readdirSync(`${root}/packages`)
  .sort().map((name) => `packages/${name}`);

/** What users import, of the root and of the packages, as paths from the root. */
export const entryPoints: readonly string[] = [
  "mod.ts",
  "src/os/mod.ts",
  ...packages.map((folder) => `${folder}/mod.ts`),
];

/** What `folder` depends on, by npm's names, and in which versions. */
export function dependencies(folder: string): Readonly<Record<string, string>> {
  const manifest = JSON.parse(readFileSync(`${root}/${folder}/package.json`, "utf8"));
  return manifest.dependencies ?? {};
}
