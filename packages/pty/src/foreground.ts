/** The program that a terminal's user sees. */

import { SystemError } from "@fdready/fdready";
import { close, O_RDONLY, open, read, tcgetpgrp } from "@fdready/fdready/os";

/** The longest name that is read, in bytes. */
const longestName = 4096;

/** The name of the program in the foreground, as it was started; `undefined` if there is none. */
export function foregroundName(controller: number): string | undefined {
  try {
    return programName(tcgetpgrp(controller));
  } catch (error) {
    // The terminal has hung up, or the program has ended.
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** The first argument of a process. proc(5) */
function programName(pid: number): string | undefined {
  const fd = open(`/proc/${pid}/cmdline`, O_RDONLY);
  try {
    const buffer = new Uint8Array(longestName);
    const text = new TextDecoder().decode(buffer.subarray(0, read(fd, buffer)));
    return text.split("\0", 1)[0] || undefined;
  } finally {
    close(fd);
  }
}
