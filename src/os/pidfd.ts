/** Processes as descriptors. */

import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { checkInteger } from "../ffi/checks.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { openPidfd } from "../sys/thread.ts";
import { setNonblocking } from "./fd.ts";

/**
 * Opens a descriptor of any process, for waiting until it ends: the descriptor is then readable,
 * although nothing can be read from it. While it is open, it stands for that process, even if
 * another process gets the same number later.
 *
 * @param pid The number of the process.
 * @returns The descriptor, nonblocking and close-on-exec.
 * @throws {SystemError} As openPidfd(2): `ESRCH` if there is no such process, `ENOSYS` before Linux 5.3.
 * @throws {TypeError} If `pid` isn't an integer.
 * @throws {RangeError} If `pid` is less than 1, or no C `int`.
 *
 * @example
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { close, pidfdOpen } from "@fdready/fdready/os";
 * import { spawn } from "node:child_process";
 *
 * const child = spawn("true");
 * const fd = pidfdOpen(child.pid!);
 * await waitReadable(fd); // it has ended
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
