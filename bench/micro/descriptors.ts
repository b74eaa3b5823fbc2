/** Descriptors for waits. They stay open as long as the process. */

import { dup, pipe, write } from "@fdready/fdready/os";

/** `count` readable descriptors. They remain readable because their data is never read. */
export function readable(count: number): number[] {
  const [end, writeEnd] = pipe();
  write(writeEnd, new Uint8Array(1));
  return Array.from({ length: count }, () => dup(end));
}

/** A descriptor that isn't readable. */
export function quiet(): number {
  return pipe()[0];
}
