/** Accepting connections. */

import { SystemError } from "@fdready/fdready";
import { accept } from "@fdready/fdready/os";

/** A connection, `undefined` if none is waiting, or `"full"` if no descriptor is left for one. */
export function acceptIfPossible(listener: number): number | undefined | "full" {
  try {
    return accept(listener);
  } catch (error) {
    if (error instanceof SystemError && ["EMFILE", "ENFILE"].includes(error.code)) return "full";
    throw error;
  }
}
