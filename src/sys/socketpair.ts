/** A pair of connected Unix sockets, for the doorbell and for `src/os`. */

import { AF_UNIX, O_CLOEXEC, O_NONBLOCK, SOCK_STREAM } from "../ffi/constants.ts";
import { libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { type OwnedFd, ownPair } from "./owned_fd.ts";

const flags = O_NONBLOCK | O_CLOEXEC;

/** Makes a pair that the caller closes, nonblocking and close-on-exec. */
export function createSocketpair(type: number): [number, number] {
  const fds = new Int32Array(2);
  throwIfFailed(libc().socketpair(AF_UNIX, type | flags, 0, fds), "socketpair");
  return [fds[0]!, fds[1]!];
}

/** Makes a pair of stream sockets that their owners close, nonblocking and close-on-exec. */
export function createOwnedSocketpair(): [OwnedFd, OwnedFd] {
  const { socketpair } = libc();
  return ownPair((fds) => socketpair(AF_UNIX, SOCK_STREAM | flags, 0, fds), "socketpair");
}
