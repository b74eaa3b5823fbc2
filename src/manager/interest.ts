/** What is known about one descriptor: who waits for what, and what the kernel was told. */

import { EPOLLIN, EPOLLOUT, EPOLLPRI } from "../ffi/constants.ts";
import type { Waiter } from "./waiter.ts";

/** What a descriptor can be awaited for. */
export type Direction = "readable" | "writable" | "priority";

/** One descriptor's waiters, up to one for each direction, and its registration. */
export class Interest {
  readonly fd: number;
  readable: Waiter | undefined;
  writable: Waiter | undefined;
  priority: Waiter | undefined;
  /** The events that the kernel will report; 0 once it has reported, since it does so once. */
  armed = 0;
  /** Tells the registration that is armed from all earlier ones; 0 is never armed. */
  generation = 0;

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
