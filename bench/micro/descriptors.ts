/** Descriptors to wait for, which stay open as long as the process. */

import { dup, pipe, write } from "@fdready/fdready/os";

/** `count` descriptors that are readable, and stay so as nobody reads. */
export function readable(count: number): number[] {
  const [end, writeEnd] = pipe();
  write(writeEnd, new Uint8Array(1));
  return Array.from({ length: count }, () => dup(end));
}

/** One that is not. */
export function quiet(): number {
  return pipe()[0];
}
