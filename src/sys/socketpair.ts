/** A pair of sockets, for the doorbell and for `src/os`. */

import { AF_UNIX, O_CLOEXEC, O_NONBLOCK, SOCK_STREAM } from "../ffi/constants.ts";
import { libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";

/** Two connected Unix stream sockets, nonblocking and close-on-exec. */
export function createSocketpair(): [number, number] {
  const fds = new Int32Array(2);
  const type = SOCK_STREAM | O_NONBLOCK | O_CLOEXEC;
  throwIfFailed(libc().socketpair(AF_UNIX, type, 0, fds), "socketpair");
  return [fds[0]!, fds[1]!];
}
