/** An eventfd. A write makes it readable, which is a wakeup, and a read makes it unreadable. */

import { EAGAIN, O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc, pin } from "../ffi/libc.ts";
import type { Memory } from "../ffi/symbols.ts";
import { OwnedFd } from "./owned_fd.ts";

const one = new BigUint64Array([1n]);
const counter = new BigUint64Array(1);
let pinnedOne: Memory | undefined;
let pinnedCounter: Memory | undefined;

/** Opens a new eventfd, nonblocking and close-on-exec. Returns -1 if that fails. */
function openEventfd(): number {
  return libc().eventfd(0, O_NONBLOCK | O_CLOEXEC);
}

/** Owns an eventfd; once closed, its methods do nothing. */
export class EventFd extends OwnedFd {
  /** Owns a new eventfd, or the descriptor that `open` returns, as {@linkcode OwnedFd} does. */
  constructor(open: () => number = openEventfd, syscall = "eventfd", about?: number) {
    super(open, syscall, about);
  }

  /**
   * Makes it readable. The kernel refuses to write if the counter is at its maximum, and a manager
   * would get no edge. So this then sets the counter to 0 and writes again. If that is refused too,
   * another thread has caused an edge in the meantime.
   */
  signal(): void {
    const { fd } = this;
    if (fd === -1 || add(fd)) return;
    this.drain();
    add(fd);
  }

  /** Sets the counter to 0. Returns what it was. */
  drain(): number {
    const { fd } = this;
    if (fd === -1) return 0;
    if (libc().read(fd, pinnedCounter ??= pin(counter), 8n) === 8) return Number(counter[0]);
    const errno = lastErrno();
    if (errno !== EAGAIN) throw systemError(errno, "read", { fd });
    return 0;
  }
}

/** Adds 1; false if the counter is at its maximum. */
function add(fd: number): boolean {
  if (libc().write(fd, pinnedOne ??= pin(one), 8n) === 8) return true;
  const errno = lastErrno();
  if (errno !== EAGAIN) throw systemError(errno, "write", { fd });
  return false;
}
