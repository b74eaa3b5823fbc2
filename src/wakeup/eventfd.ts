/** The one write that every wakeup comes down to, and the read that takes it back. */

import { EAGAIN, O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { checked, errno, libc, systemError } from "../ffi/libc.ts";

const one = new BigUint64Array([1n]);
const counter = new BigUint64Array(1);

/** A new eventfd, nonblocking and close-on-exec. */
export function createEventfd(): number {
  return checked(libc().eventfd(0, O_NONBLOCK | O_CLOEXEC), "eventfd");
}

/**
 * Adds 1. A counter at its maximum takes no more, and without a write there is no edge for those who wait
 * for one, as managers do: so its count is taken away first. If the second write is refused too, somebody
 * else has made the edge meanwhile.
 */
export function signalEventfd(fd: number): void {
  if (add(fd)) return;
  drainEventfd(fd);
  add(fd);
}

/** Adds 1; false if the counter is at its maximum. */
function add(fd: number): boolean {
  if (libc().write(fd, one, 8n) === 8) return true;
  const number = errno();
  if (number !== EAGAIN) throw systemError("write", fd, number);
  return false;
}

/** Takes the count and sets it to 0. */
export function drainEventfd(fd: number): number {
  if (libc().read(fd, counter, 8n) === 8) return Number(counter[0]);
  const number = errno();
  if (number !== EAGAIN) throw systemError("read", fd, number);
  return 0;
}
