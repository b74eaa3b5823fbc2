/** Programs that tests start. */

import { existsSync } from "node:fs";
import process from "node:process";

/** The Debian package that is missing, if any, of a program that is in it. */
export function missingProgram(program: string, debianPackage: string): string[] {
  const folders = (process.env.PATH ?? "").split(":");
  return folders.some((folder) => existsSync(`${folder}/${program}`)) ? [] : [debianPackage];
}
