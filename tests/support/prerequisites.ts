/** Prerequisites of tests that not every machine has. */

import { memorySymbols, openLibrary } from "../../examples/support/library.ts";
import { describeUnless } from "./skip.ts";

/** Registers the suite `name`, which is skipped if Debian packages are `missing`. */
export function describeIfInstalled(
  name: string,
  missing: readonly string[],
  body: () => void,
): void {
  const needed = `needs the Debian package ${missing.join(" and the Debian package ")}`;
  describeUnless(missing.length > 0 ? needed : undefined, name, body);
}

/** `debianPackage` if its library can't be opened. */
export function missingLibrary(library: string, debianPackage: string): string[] {
  try {
    openLibrary(library, memorySymbols);
    return [];
  } catch {
    return [debianPackage];
  }
}
