/** The one write that every wakeup comes down to, and the read that takes it back. */

import { EAGAIN, O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { checked, errno, libc, systemError } from "../ffi/libc.ts";

const one = new BigUint64Array([1n]);
const counter = new BigUint64Array(1);

/** A new eventfd, nonblocking and close-on-exec. */
export function createEventfd(): number {
  return checked(libc().eventfd(0, O_NONBLOCK | O_CLOEXEC), "eventfd");
}

/** Adds 1. A counter at its maximum has been rung already, so EAGAIN is success. */
export function signalEventfd(fd: number): void {
  if (libc().write(fd, one, 8n) === 8) return;
  const number = errno();
  if (number !== EAGAIN) throw systemError("write", fd, number);
}

/** Takes the count and sets it to 0. */
export function drainEventfd(fd: number): number {
  if (libc().read(fd, counter, 8n) === 8) return Number(counter[0]);
  const number = errno();
  if (number !== EAGAIN) throw systemError("read", fd, number);
  return 0;
}
