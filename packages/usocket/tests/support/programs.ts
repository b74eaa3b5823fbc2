/** Programs for tests. */

import { existsSync } from "node:fs";
import process from "node:process";

/** The Debian package of a program that isn't installed; empty if it is. */
export function missingProgram(program: string, debianPackage: string): string[] {
  const folders = (process.env.PATH ?? "").split(":");
  return folders.some((folder) => existsSync(`${folder}/${program}`)) ? [] : [debianPackage];
}
