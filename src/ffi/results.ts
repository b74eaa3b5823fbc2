/** What becomes of the result of a system call: an error, another try, or the result itself. */

import { EAGAIN, EINTR } from "./constants.ts";
import { systemError } from "./errors.ts";
import { lastErrno } from "./libc.ts";

/** `result`, unless it says that the call failed: then throws its {@linkcode SystemError}. */
export function throwIfFailed(result: number, syscall: string, fd?: number): number {
  if (result === -1) throw systemError(lastErrno(), syscall, { fd });
  return result;
}

/** The result of `call`, made again while a signal interrupts it; throws its `SystemError`. */
export function retryOnEintr(syscall: string, fd: number | undefined, call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    const errno = lastErrno();
    if (errno !== EINTR) throw systemError(errno, syscall, { fd });
  }
}

/** As {@linkcode retryOnEintr}, and `undefined` where it would block. */
export function retryUnlessWouldBlock(
  syscall: string,
  fd: number,
  call: () => number,
): number | undefined {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    const errno = lastErrno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw systemError(errno, syscall, { fd });
  }
}
