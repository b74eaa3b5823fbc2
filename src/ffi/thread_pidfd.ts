/**
 * Learning of the end of a thread that had no chance to say so.
 *
 * pidfd_open(2)
 */

import process from "node:process";
import { openMore } from "./libc.ts";
import type { Functions, SymbolTable } from "./symbols.ts";

const threadSymbols = {
  // pid_t gettid(void)
  gettid: { args: [], returns: "i32" },
  // long syscall(SYS_pidfd_open, pid_t pid, unsigned int flags)
  syscall: { args: ["usize", "usize", "usize"], returns: "i32" },
} as const satisfies SymbolTable;

const SYS_pidfd_open = 434n;
const PIDFD_THREAD = 0o200n;

let functions: Functions<typeof threadSymbols> | undefined;

/**
 * A descriptor that is readable once the calling thread has ended. Undefined for the main thread,
 * which the process ends with, and where it can't be had: before Linux 6.9, or in a sandbox.
 */
export function openThreadPidfd(): number | undefined {
  try {
    functions ??= openMore(threadSymbols);
  } catch {
    // A C library older than gettid().
    return undefined;
  }
  const thread = functions.gettid();
  if (thread === process.pid) return undefined;
  const fd = functions.syscall(SYS_pidfd_open, BigInt(thread), PIDFD_THREAD);
  return fd === -1 ? undefined : fd;
}
