/** A pair of sockets, for the doorbell and for `src/os`. */

import { O_CLOEXEC, O_NONBLOCK } from "./constants.ts";
import { checked, libc } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_STREAM = 1;

/** Two connected Unix stream sockets, nonblocking and close-on-exec. */
export function createSocketpair(): [number, number] {
  const fds = new Int32Array(2);
  const type = SOCK_STREAM | O_NONBLOCK | O_CLOEXEC;
  checked(libc().socketpair(AF_UNIX, type, 0, fds), "socketpair");
  return [fds[0]!, fds[1]!];
}
