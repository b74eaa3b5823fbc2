/** The flags of open(2) whose values differ between architectures. */

import { architecture } from "../runtime/runtime.ts";
import { architectures } from "./architecture.ts";

const flags = architectures[isArm64() ? "arm64" : "x64"].openFlags;

/** Bypass the page cache; for {@linkcode pipe}, make each write a separate packet. */
export const O_DIRECT: number = flags.O_DIRECT;
/** Fail unless it is a directory. */
export const O_DIRECTORY: number = flags.O_DIRECTORY;
/** Fail if it is a symbolic link. */
export const O_NOFOLLOW: number = flags.O_NOFOLLOW;
/** Create a file without a name in the directory. */
export const O_TMPFILE: number = 0o20000000 | O_DIRECTORY;

/** Importing must not throw, not even where nothing of this module works. */
function isArm64(): boolean {
  try {
    return architecture() === "arm64";
  } catch {
    return false;
  }
}
