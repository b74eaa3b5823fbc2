/** Processes as descriptors. */

import { checkInteger, type FdLike, toFd } from "../ffi/checks.ts";
import { ECHILD, EINTR, ESRCH, POLLIN } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno, libc } from "../ffi/libc.ts";
import { processSymbols } from "../ffi/symbols.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { isReady } from "../sys/poll.ts";
import { lastSignal, signalName, signalNumber } from "../sys/signals.ts";
import { openPidfd } from "../sys/thread.ts";
import { setNonblocking } from "./fd.ts";

const SYS_pidfd_send_signal = 424n;

// waitid(2)
const P_PID = 1;
const P_PIDFD = 3;
const WNOHANG = 1;
const WEXITED = 4;
const CLD_EXITED = 1;
const SIGKILL = 9;

/** The fields of `siginfo_t` that waitid(2) writes, in 32-bit words. sigaction(2) */
export const siginfo = { code: 2, pid: 4, status: 6, length: 32 } as const;

const notAChild =
  "The process is not a child of this one, other code has waited for it, or SIGCHLD is ignored";

/**
 * Opens a descriptor of any process, to wait for the end of that process: it is then readable,
 * although nothing can be read from it. It refers to that process even if another one gets the same
 * number later.
 *
 * @param pid The number of the process.
 * @returns The descriptor, nonblocking and close-on-exec.
 * @throws {SystemError} As pidfd_open(2): `ESRCH` if there is no such process, `ENOSYS` before
 * Linux 5.3.
 * @throws {TypeError} If `pid` isn't an integer.
 * @throws {RangeError} If `pid` is less than 1, or isn't a C `int`.
 *
 * @example Wait until a process ends
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { close, pidfdOpen, sendSignal } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { spawn } from "node:child_process";
 *
 * const child = spawn("true");
 * const fd = pidfdOpen(child.pid!);
 * await waitReadable(fd);
 * assertEquals(sendSignal(fd, "SIGTERM"), false); // it has ended
 * close(fd);
 * ```
 */
export function pidfdOpen(pid: number): number {
  const result = openPidfd(checkInteger("pid", pid, 1), 0);
  if (result === -1) throw systemError(lastErrno(), "pidfd_open", { hint: `The pid was ${pid}` });
  const fd = noteOpened(result);
  try {
    // PIDFD_NONBLOCK is newer, from Linux 5.10.
    setNonblocking(fd, true);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
  return fd;
}

/** How a process has ended. */
export interface ExitStatus {
  /** Its exit code; `null` if a signal ended it. */
  readonly code: number | null;
  /**
   * The signal that ended it, such as `"SIGKILL"`, or `"SIG40"` for a real-time signal; otherwise
   * `null`.
   */
  readonly signal: string | null;
}

/**
 * Returns how a child has ended, and removes it from the process table, so call it once for each
 * child. Its `pidfd` stays open, for you to close. The call never blocks.
 *
 * @param pidfd The descriptor of a child, from {@linkcode spawn}, as a number or an object with
 * `fd` or `fileno()`.
 * @returns The exit code or the signal; `undefined` if the child is still running.
 * @throws {SystemError} As waitid(2): `ECHILD` if the process isn't a child of this one, or other
 * code has waited for it, or this process ignores `SIGCHLD`; `EINVAL` before Linux 5.4.
 * @throws {TypeError} If `pidfd` isn't a descriptor.
 *
 * @example Distinguish an exit from a signal
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { waitReadable } from "@fdready/fdready";
 * import { close, spawn, waitPidfd } from "@fdready/fdready/os";
 *
 * const { pidfd } = spawn("/bin/sh", { args: ["-c", "kill -TERM $$"] });
 * await waitReadable(pidfd);
 * assertEquals(waitPidfd(pidfd), { code: null, signal: "SIGTERM" });
 * close(pidfd);
 * ```
 */
export function waitPidfd(pidfd: FdLike): ExitStatus | undefined {
  const fd = toFd(pidfd);
  const info = new Int32Array(siginfo.length);
  const { waitid } = bindSymbols(processSymbols);
  if (waitid(P_PIDFD, fd, info, WEXITED | WNOHANG) === -1) {
    const errno = lastErrno();
    throw systemError(errno, "waitid", { fd, hint: errno === ECHILD ? notAChild : undefined });
  }
  if (info[siginfo.pid] === 0) return undefined;
  const status = info[siginfo.status]!;
  return info[siginfo.code] === CLD_EXITED
    ? { code: status, signal: null }
    : { code: null, signal: signalName(status) };
}

/**
 * Sends a signal to the process that a descriptor refers to. It can never reach another process, as
 * a signal to a pid can.
 *
 * @param pidfd The descriptor of a process, from {@linkcode spawn} or {@linkcode pidfdOpen}, as a
 * number or an object with `fd` or `fileno()`.
 * @param signal The signal's name, such as `"SIGTERM"`, or its number. 0 sends nothing.
 * @returns Whether the process was running; `false` if it has ended.
 * @throws {SystemError} As pidfd_send_signal(2): `EPERM` if the process belongs to another user,
 * `EBADF` if the descriptor doesn't refer to a process.
 * @throws {TypeError} If `pidfd` isn't a descriptor, or `signal` isn't a signal's name.
 * @throws {RangeError} If `signal` isn't from 0 to 64.
 *
 * @example End a program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { waitReadable } from "@fdready/fdready";
 * import { close, sendSignal, spawn, waitPidfd } from "@fdready/fdready/os";
 *
 * const { pidfd } = spawn("/bin/sleep", { args: ["60"] });
 * assertEquals(sendSignal(pidfd, "SIGKILL"), true);
 * await waitReadable(pidfd);
 * assertEquals(sendSignal(pidfd, "SIGKILL"), false);
 * assertEquals(waitPidfd(pidfd), { code: null, signal: "SIGKILL" });
 * close(pidfd);
 * ```
 */
export function sendSignal(pidfd: FdLike, signal: string | number): boolean {
  const fd = toFd(pidfd);
  const number = typeof signal === "string"
    ? signalNumber(signal)
    : checkInteger("signal", signal, 0, lastSignal);
  const { syscall } = bindSymbols(processSymbols);
  // A process that has ended accepts signals until its parent has waited for it.
  const ended = isReady(fd, POLLIN);
  const sent = BigInt(ended ? 0 : number);
  if (syscall(SYS_pidfd_send_signal, BigInt(fd), sent, 0n, 0n) === -1) {
    const errno = lastErrno();
    if (errno === ESRCH) return false;
    throw systemError(errno, "pidfd_send_signal", { fd });
  }
  return !ended;
}

/** Ends the child `pid`, and removes it from the process table. */
export function killAndReap(pid: number): void {
  const { kill, waitid } = bindSymbols(processSymbols);
  kill(pid, SIGKILL);
  while (
    waitid(P_PID, pid, new Int32Array(siginfo.length), WEXITED) === -1 && lastErrno() === EINTR
  );
}
