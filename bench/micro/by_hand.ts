/** The baselines: the same system calls without fdready. */

import { EPOLLIN, EPOLLONESHOT } from "../../src/ffi/constants.ts";
import { libc } from "../../src/ffi/libc.ts";

/** An epoll instance without a manager. */
export class EpollByHand {
  readonly #libc = libc();
  readonly #epoll: number = this.#libc.epoll_create1(0);
  /** `struct epoll_event`. The kernel reads only its events here. */
  readonly #interest: Uint32Array<ArrayBuffer> = new Uint32Array([EPOLLIN | EPOLLONESHOT, 0, 0, 0]);
  readonly #events: Uint32Array<ArrayBuffer> = new Uint32Array(4 * 1024);

  control(operation: number, fd: number): void {
    this.#libc.epoll_ctl(this.#epoll, operation, fd, this.#interest);
  }

  /** Gets the events. */
  poll(): void {
    this.#libc.epoll_wait(this.#epoll, this.#events, 1024, 0);
  }
}

const one = new BigUint64Array([1n]);

/** The system call of a wakeup. */
export function writeEventfd(fd: number): void {
  libc().write(fd, one, 8n);
}
