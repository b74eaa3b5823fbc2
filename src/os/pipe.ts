/** Pairs of connected descriptors. */

import { osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { createSocketpair } from "../sys/socketpair.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./file_constants.ts";

/**
 * Makes a pipe.
 *
 * @returns The end to read from and the end to write to.
 * @throws {SystemError} As pipe2(2): `EMFILE`, if there are no descriptors left.
 *
 * @example
 * ```ts
 * import { pipe, read, write } from "@fdready/fdready/os";
 *
 * const [from, to] = pipe();
 * write(to, new TextEncoder().encode("hello"));
 * console.log(read(from, new Uint8Array(64))); // 5
 * ```
 */
export function pipe(): [readFd: number, writeFd: number] {
  const fds = new Int32Array(2);
  throwIfFailed(osLibc().pipe2(fds, O_NONBLOCK | O_CLOEXEC), "pipe2");
  return [noteOpened(fds[0]!), noteOpened(fds[1]!)];
}

/**
 * Makes a pair of connected Unix stream sockets.
 *
 * @returns The two ends, which work alike.
 * @throws {SystemError} As socketpair(2): `EMFILE`, if there are no descriptors left.
 *
 * @example
 * ```ts
 * import { read, socketpair, write } from "@fdready/fdready/os";
 *
 * const [one, other] = socketpair();
 * write(one, new TextEncoder().encode("hello"));
 * write(other, new TextEncoder().encode("hi"));
 * console.log(read(one, new Uint8Array(64))); // 2
 * ```
 */
export function socketpair(): [number, number] {
  const [one, other] = createSocketpair();
  return [noteOpened(one), noteOpened(other)];
}
