/** Changing the mounts, in a mount namespace of the program's own. */

import { execFileSync } from "node:child_process";

/** Mounts a file system on `folder`, and unmounts it. */
export function changeMounts(folder: string): void {
  execFileSync("mount", ["-t", "tmpfs", "none", folder]);
  execFileSync("umount", [folder]);
}
