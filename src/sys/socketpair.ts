/** A pair of sockets, for the doorbell and for `src/os`. */

import { AF_UNIX, O_CLOEXEC, O_NONBLOCK, SOCK_STREAM } from "../ffi/constants.ts";
import { libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";

/** Makes two connected Unix sockets, nonblocking and close-on-exec. */
export function createSocketpair(type: number = SOCK_STREAM): [number, number] {
  const fds = new Int32Array(2);
  const allFlags = type | O_NONBLOCK | O_CLOEXEC;
  throwIfFailed(libc().socketpair(AF_UNIX, allFlags, 0, fds), "socketpair");
  return [fds[0]!, fds[1]!];
}
