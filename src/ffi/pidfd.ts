/** Descriptors of processes and threads. pidfd_open(2) */

import { bindSymbols } from "./libc.ts";
import { pidfdSymbols } from "./symbols.ts";

const SYS_pidfd_open = 434n;
/** Takes the number of a thread. Linux 6.9. */
export const PIDFD_THREAD = 0o200;

/** The descriptor, close-on-exec, or -1 and an errno. */
export function pidfd_open(pid: number, flags: number): number {
  return bindSymbols(pidfdSymbols).syscall(SYS_pidfd_open, BigInt(pid), BigInt(flags));
}
