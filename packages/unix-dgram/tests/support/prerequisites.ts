/** Programs and packages that tests need. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import process from "node:process";

/** The Debian package of a program that isn't installed; empty if it is. */
export function missingProgram(program: string, debianPackage: string): string[] {
  const folders = (process.env.PATH ?? "").split(":");
  return folders.some((folder) => existsSync(`${folder}/${program}`)) ? [] : [debianPackage];
}

/** The reason to skip tests that need npm packages, if one of them isn't installed. */
export function missingModule(...names: string[]): string | undefined {
  const require = createRequire(import.meta.url);
  for (const name of names) {
    try {
      require.resolve(name);
    } catch {
      return `needs npm's ${name}: run npm install`;
    }
  }
  return undefined;
}
