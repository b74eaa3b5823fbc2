/** Flags of a descriptor, as the kernel reports them. */

import { readFileSync } from "node:fs";

/** The file status flags of `fd`, and whether it is close-on-exec. */
export function flagsOf(fd: number): number {
  const info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
  return parseInt(/flags:\s*([0-7]+)/.exec(info)![1]!, 8);
}
