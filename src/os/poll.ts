/** The state of descriptors at this moment. */

import { checkInteger, checkObject, type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { bindSymbols } from "../ffi/libc.ts";
import { retryOnEintr } from "../ffi/results.ts";
import { pollSymbols } from "../ffi/symbols.ts";

/** A descriptor for {@linkcode poll}. */
export interface PollRequest {
  /** The descriptor, as a number or an object with `fd` or `fileno()`. */
  readonly fd: FdLike;
  /** The events to look for: `POLL*` constants, combined with `|`. */
  readonly events: number;
}

/**
 * Returns the current events of descriptors. It never blocks: to wait, use the functions of
 * the main entry point.
 *
 * @param fds The descriptors, and the events to look for.
 * @returns The events of each descriptor, `POLL*` constants: the requested ones, and
 * {@linkcode POLLERR}, {@linkcode POLLHUP} and {@linkcode POLLNVAL} unasked. A number that isn't
 * open causes no error: its event is {@linkcode POLLNVAL}.
 * @throws {SystemError} As poll(2): `EINVAL` if there are more entries than the process may have
 * descriptors.
 * @throws {TypeError} If `fds` isn't an array of objects, an `fd` isn't a descriptor, or `events`
 * isn't an integer.
 * @throws {RangeError} If `events` has more than 16 bits.
 *
 * @example Test whether a pipe has data
 * ```ts
 * import { close, pipe, poll, POLLHUP, POLLIN, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader, writer] = pipe();
 * assertEquals(poll([{ fd: reader, events: POLLIN }]), [0]);
 * write(writer, new TextEncoder().encode("hello"));
 * close(writer);
 * assertEquals(poll([{ fd: reader, events: POLLIN }]), [POLLIN | POLLHUP]);
 * ```
 */
export function poll(fds: readonly PollRequest[]): number[] {
  if (!Array.isArray(fds)) {
    throw new TypeError(
      `The descriptors must be an array of { fd, events }, got ${inspectLine(fds)}`,
    );
  }
  const requests = Array.from(fds, (request) => {
    const { fd, events } = checkObject("entry of poll()", request);
    return { fd: toFd(fd), events: checkInteger("events", events, 0, 0xffff) };
  });
  if (requests.length === 0) return [];
  // struct pollfd: { int fd; short events; short revents; }
  const pollfds = Int32Array.from(requests.flatMap(({ fd, events }) => [fd, events]));
  const { poll } = bindSymbols(pollSymbols);
  retryOnEintr("poll", undefined, () => poll(pollfds, BigInt(requests.length), 0));
  return requests.map((_, index) => pollfds[2 * index + 1]! >>> 16);
}
