/** The thread that this isolate runs on. */

import process from "node:process";
import { openMore } from "./libc.ts";
import type { Functions, SymbolTable } from "./symbols.ts";

const threadSymbols = {
  // pid_t gettid(void)
  gettid: { args: [], returns: "i32" },
} as const satisfies SymbolTable;

const pidfdSymbols = {
  // long syscall(SYS_pidfd_open, pid_t pid, unsigned int flags)
  syscall: { args: ["usize", "usize", "usize"], returns: "i32" },
} as const satisfies SymbolTable;

const SYS_pidfd_open = 434n;
const PIDFD_THREAD = 0o200n;

let thread: number | undefined;
let pidfdFunctions: Functions<typeof pidfdSymbols> | undefined;

/**
 * The calling thread's number, which is the process's own for the main thread. Where the C library is
 * older than gettid(), all threads pass for that one.
 */
export function ownThread(): number {
  return thread ??= askForThread();
}

function askForThread(): number {
  try {
    return openMore(threadSymbols).gettid();
  } catch {
    return process.pid;
  }
}

/** Whether the calling thread may end before the process does. */
export function mayEndEarly(): boolean {
  return ownThread() !== process.pid;
}

/**
 * A descriptor that is readable once the calling thread has ended. Undefined for a thread that doesn't
 * end before the process, and where it can't be had: before Linux 6.9, or in a sandbox. pidfd_open(2)
 */
export function openThreadPidfd(): number | undefined {
  if (!mayEndEarly()) return undefined;
  pidfdFunctions ??= openMore(pidfdSymbols);
  const fd = pidfdFunctions.syscall(SYS_pidfd_open, BigInt(ownThread()), PIDFD_THREAD);
  return fd === -1 ? undefined : fd;
}
