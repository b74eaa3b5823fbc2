/** Calls that a signal may cut short. */

import { EAGAIN, EINTR } from "./constants.ts";
import { errno, systemError } from "./libc.ts";

/** The result of `call`, made again while a signal interrupts it; throws its `SystemError`. */
export function retrying(syscall: string, fd: number | undefined, call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    const reason = errno();
    if (reason !== EINTR) throw systemError(reason, syscall, fd);
  }
}

/** As {@linkcode retrying}, and `undefined` where it would block. */
export function retryingUnlessBlocked(
  syscall: string,
  fd: number,
  call: () => number,
): number | undefined {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    const reason = errno();
    if (reason === EAGAIN) return undefined;
    if (reason !== EINTR) throw systemError(reason, syscall, fd);
  }
}
