/** What a test needs that is not on every machine. */

import { describe } from "@std/testing/bdd";
import { memorySymbols, openLibrary } from "../../examples/support/library.ts";

/** The suite `name`; if Debian packages are `missing`, says which, and skips it. */
export function describeIfInstalled(
  name: string,
  missing: readonly string[],
  body: () => void,
): void {
  if (missing.length === 0) {
    describe(name, body);
    return;
  }
  const reason = `needs the Debian package ${missing.join(" and the Debian package ")}`;
  console.log(`SKIPPED ${name}: ${reason}`);
  describe.skip(`${name}: ${reason}`, body);
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
