/** What a test needs that is not on every machine. */

import { memorySymbols, openLibrary } from "../../examples/support/library.ts";
import { describeUnless } from "./skip.ts";

/** The suite `name`, unless Debian packages are `missing`. */
export function describeIfInstalled(
  name: string,
  missing: readonly string[],
  body: () => void,
): void {
  const needed = `needs the Debian package ${missing.join(" and the Debian package ")}`;
  describeUnless(missing.length > 0 ? needed : undefined, name, body);
}

/** `debianPackage`, unless the library that it has can be opened. */
export function missingLibrary(library: string, debianPackage: string): string[] {
  try {
    openLibrary(library, memorySymbols);
    return [];
  } catch {
    return [debianPackage];
  }
}
