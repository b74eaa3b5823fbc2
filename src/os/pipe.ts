/** Pairs of connected descriptors. */

import { checked, osLibc } from "../ffi/libc.ts";
import { createSocketpair } from "../ffi/socketpair.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./open_constants.ts";

/**
 * Makes a pipe.
 *
 * @returns The end to read from and the end to write to.
 * @throws {SystemError} As pipe2(2): `EMFILE`, if there are no descriptors left.
 */
export function pipe(): [readFd: number, writeFd: number] {
  const fds = new Int32Array(2);
  checked(osLibc().pipe2(fds, O_NONBLOCK | O_CLOEXEC), "pipe2");
  return [fds[0]!, fds[1]!];
}

/**
 * Makes a pair of connected Unix stream sockets.
 *
 * @returns The two ends, which are alike.
 * @throws {SystemError} As socketpair(2): `EMFILE`, if there are no descriptors left.
 */
export function socketpair(): [number, number] {
  return createSocketpair();
}
