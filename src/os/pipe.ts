/** Pairs of connected descriptors. */

import { checkFlags } from "../ffi/checks.ts";
import { O_CLOEXEC, O_NONBLOCK, SOCK_STREAM } from "../ffi/constants.ts";
import { osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { createSocketpair } from "../sys/socketpair.ts";

/**
 * Makes a pipe, nonblocking and close-on-exec.
 *
 * @param flags {@linkcode O_DIRECT} for a pipe of packets, or 0, which is the default.
 * @returns The end to read from and the end to write to.
 * @throws {SystemError} As pipe2(2): `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `flags` isn't an integer.
 * @throws {RangeError} If `flags` has more than 32 bits.
 *
 * @example Write to a pipe and read from it
 * ```ts
 * import { pipe, read, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader, writer] = pipe();
 * write(writer, new TextEncoder().encode("hello"));
 * assertEquals(read(reader, new Uint8Array(64)), 5);
 * ```
 */
export function pipe(flags = 0): [readFd: number, writeFd: number] {
  const fds = new Int32Array(2);
  const allFlags = checkFlags("flags", flags) | O_NONBLOCK | O_CLOEXEC;
  throwIfFailed(osLibc().pipe2(fds, allFlags), "pipe2");
  return [noteOpened(fds[0]!), noteOpened(fds[1]!)];
}

/**
 * Makes a pair of connected Unix sockets, nonblocking and close-on-exec.
 *
 * @param type The type: {@linkcode SOCK_STREAM}, which is the default, {@linkcode SOCK_DGRAM} or
 * {@linkcode SOCK_SEQPACKET}.
 * @returns The two sockets, which are interchangeable.
 * @throws {SystemError} As socketpair(2): `EMFILE` if there are no descriptors left.
 * @throws {TypeError} If `type` isn't an integer.
 * @throws {RangeError} If `type` has more than 32 bits.
 *
 * @example Send messages in both directions
 * ```ts
 * import { read, SOCK_SEQPACKET, socketpair, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [a, b] = socketpair(SOCK_SEQPACKET);
 * for (const text of ["hello", "hi"]) write(a, new TextEncoder().encode(text));
 * assertEquals(read(b, new Uint8Array(64)), 5);
 * assertEquals(read(b, new Uint8Array(64)), 2);
 * ```
 */
export function socketpair(type: number = SOCK_STREAM): [number, number] {
  const [a, b] = createSocketpair(checkFlags("type", type));
  return [noteOpened(a), noteOpened(b)];
}
