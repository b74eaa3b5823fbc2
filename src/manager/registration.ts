/** What is known about one number: who waits for it, and what the kernel has been told. */

import { EPOLLIN, EPOLLOUT, EPOLLPRI } from "../ffi/constants.ts";
import type { Direction, Waiter } from "./waiter.ts";

/** What the kernel is asked for on behalf of each direction. */
export const eventsOf: Readonly<Record<Direction, number>> = {
  readable: EPOLLIN,
  writable: EPOLLOUT,
  priority: EPOLLPRI,
};

/** One number's waiters, up to one for each direction, and its entries in the kernel's dictionary. */
export class Registration {
  readonly fd: number;
  readable: Waiter | undefined;
  writable: Waiter | undefined;
  priority: Waiter | undefined;
  /** The events that the kernel will report; 0 once it has reported, since it does so once. */
  armed = 0;
  /** Tells the entry that is armed from all earlier ones; 0 is never armed. */
  generation = 0;
  /** How many entries the kernel may have under this number, each for another open file. */
  entries = 0;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** The events that the waiters want reported. */
  get wanted(): number {
    return (this.readable === undefined ? 0 : EPOLLIN) |
      (this.writable === undefined ? 0 : EPOLLOUT) |
      (this.priority === undefined ? 0 : EPOLLPRI);
  }
}
