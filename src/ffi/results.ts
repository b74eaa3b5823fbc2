/** Handling the result of a system call: an error, another try, or the result itself. */

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
  do {
    const result = call();
    if (result !== -1) return result;
  } while (wasInterrupted(syscall, fd));
}

/**
 * Whether a signal interrupted the call that just failed; `false` if it would block. Throws any
 * other failure. For loops on the hot path, where a closure would cost an allocation.
 */
export function wasInterrupted(syscall: string, fd: number): boolean {
  const errno = lastErrno();
  if (errno === EINTR) return true;
  if (errno === EAGAIN) return false;
  throw systemError(errno, syscall, { fd });
}
