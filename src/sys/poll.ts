/**
 * poll(2), which asks the descriptors themselves, whatever is registered with an epoll instance.
 */

import { bindSymbols } from "../ffi/libc.ts";
import { retryOnEintr } from "../ffi/results.ts";
import { pollSymbols } from "../ffi/symbols.ts";

/**
 * `struct pollfd[]` of { int fd; short events, revents }, which asks for `events` of each of `fds`.
 */
export function toPollfds(fds: readonly number[], events: number): Int32Array<ArrayBuffer> {
  return new Int32Array(fds.flatMap((fd) => [fd, events]));
}

/** How many descriptors `pollfds` is about. */
export function pollfdCount(pollfds: Int32Array): bigint {
  return BigInt(pollfds.length / 2);
}

/** Which of `events` hold for `fd` now. Errors, hang-ups and `POLLNVAL` are reported unasked. */
export function pollFd(fd: number, events: number): number {
  const pollfds = toPollfds([fd], events);
  const { poll } = bindSymbols(pollSymbols);
  // A signal can interrupt poll(2) even if it doesn't block.
  retryOnEintr("poll", fd, () => poll(pollfds, 1n, 0));
  return pollfds[1]! >>> 16;
}

/** Whether any of `events`, an error or a hang-up holds for `fd` now. */
export function isReady(fd: number, events: number): boolean {
  return pollFd(fd, events) !== 0;
}
