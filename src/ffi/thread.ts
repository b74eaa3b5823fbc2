/** The thread that this isolate runs on. */

import { bindSymbols } from "./libc.ts";
import { pidfd_open, PIDFD_THREAD } from "./pidfd.ts";
import { processId } from "./runtime.ts";
import { threadSymbols } from "./symbols.ts";

let thread: number | undefined;

/**
 * The calling thread's number, which is the process's own for the main thread. Where the C library is
 * older than gettid(), all threads pass for that one.
 */
export function currentThread(): number {
  return thread ??= askForThread();
}

function askForThread(): number {
  try {
    return bindSymbols(threadSymbols).gettid();
  } catch {
    return processId();
  }
}

/** Whether the calling thread may end before the process does. */
export function isWorkerThread(): boolean {
  return currentThread() !== processId();
}

/**
 * A descriptor that is readable once the calling thread has ended. Undefined for a thread that doesn't
 * end before the process, and where it can't be had: before Linux 6.9, or in a sandbox. pidfd_open(2)
 */
export function openThreadPidfd(): number | undefined {
  if (!isWorkerThread()) return undefined;
  const fd = pidfd_open(currentThread(), PIDFD_THREAD);
  return fd === -1 ? undefined : fd;
}
