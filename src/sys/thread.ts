/** The thread that this isolate runs on, descriptors of threads, and their marks on open files. */

import { bindSymbols } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { processId } from "../runtime/runtime.ts";
import { ownerSymbols, threadSymbols } from "../ffi/symbols.ts";
import { thisArchitecture } from "./architecture.ts";
import { F_GETOWN_EX, F_OWNER_TID, F_SETOWN_EX } from "../ffi/constants.ts";

let thread: number | undefined;

/** The calling thread's number, which on the main thread is that of the process. */
export function currentThread(): number {
  return thread ??= gettid();
}

/** Calls gettid(2), which C libraries have as a function only since glibc 2.30. */
function gettid(): number {
  const { syscalls } = thisArchitecture();
  return bindSymbols(threadSymbols).syscall(syscalls.gettid, 0n, 0n);
}

/** Whether the calling thread may end before the process does. */
export function isWorkerThread(): boolean {
  return currentThread() !== processId();
}

const SYS_pidfd_open = 434n;
/** Takes the number of a thread. Linux 6.9. */
export const PIDFD_THREAD = 0o200;

/** The descriptor, close-on-exec, or -1 and an errno. */
export function openPidfd(pid: number, flags: number): number {
  return bindSymbols(threadSymbols).syscall(SYS_pidfd_open, BigInt(pid), BigInt(flags));
}

/** Marks the open file behind `fd` as `thread`'s. */
export function setOwnerThread(fd: number, thread: number): void {
  throwIfFailed(
    bindSymbols(ownerSymbols).fcntl(fd, F_SETOWN_EX, new Int32Array([F_OWNER_TID, thread])),
    "fcntl",
    fd,
  );
}

/** Whether the open file behind `fd` has the mark of `thread`, which still runs. */
export function hasOwnerThread(fd: number, thread: number): boolean {
  // struct f_owner_ex of { int type; pid_t pid }
  const owner = new Int32Array(2);
  const result = bindSymbols(ownerSymbols).fcntl(fd, F_GETOWN_EX, owner);
  return result === 0 && owner[0] === F_OWNER_TID && owner[1] === thread;
}
