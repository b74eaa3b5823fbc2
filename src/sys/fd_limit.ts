/** The limit of descriptors: the lowest number that this process can't open. */

import { F_GETFD } from "../ffi/constants.ts";
import { bindSymbols, libc } from "../ffi/libc.ts";
import { limitSymbols } from "../ffi/symbols.ts";
import { EventFd } from "./eventfd.ts";

// The same in glibc and musl. bits/confname.h
const _SC_OPEN_MAX = 4;

/**
 * Throws unless `count` more descriptors can be opened. Mostly it opens only one to find that out,
 * because a Worker that is terminated right after it has opened one leaves it behind.
 *
 * @throws {SystemError} `EMFILE` or `ENFILE`.
 */
export function requireDescriptors(count: number): void {
  const opened = areHighestFree(count) ? 1 : count;
  const stack = new DisposableStack();
  try {
    for (let n = 0; n < opened; n++) stack.use(new EventFd());
  } finally {
    stack.dispose();
  }
}

/** Whether the highest `count` numbers below the limit are free. */
function areHighestFree(count: number): boolean {
  const limit = bindSymbols(limitSymbols).sysconf(_SC_OPEN_MAX);
  for (let fd = limit - count; fd < limit; fd++) {
    if (fd < 0 || libc().fcntl(fd, F_GETFD, 0) !== -1) return false;
  }
  return true;
}
