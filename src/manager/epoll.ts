/** An epoll instance and the three calls it takes, each counted. */

import {
  EBADF,
  EINTR,
  ENOENT,
  ENOSPC,
  EPERM,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  O_CLOEXEC,
} from "../ffi/constants.ts";
import type { SystemError } from "../ffi/errors.ts";
import { checked, errno, type Libc, libc, systemError } from "../ffi/libc.ts";
import { closeOwned, openOwned } from "../ffi/owned.ts";
import { readText } from "../ffi/proc.ts";
import { EventBuffer, writeEvent } from "./event_list.ts";

const advice: Readonly<Record<number, string>> = {
  [EPERM]:
    "Regular files, directories and devices such as /dev/null are always ready: read or write without waiting",
  [ENOSPC]:
    "The limit on registrations of this user has been reached: raise /proc/sys/fs/epoll/max_user_watches",
};

const lostAdvice =
  "The file that was waited for is closed, and the number may be another one's: call notifyClosing() first";

/** Owns an epoll descriptor. */
export class Epoll implements Disposable {
  readonly fd: number;
  readonly #libc: Libc;
  readonly events: EventBuffer;
  readonly #registration: Uint32Array<ArrayBuffer>;
  ctlCalls = 0;
  waitCalls = 0;
  /** Whether the last wait was cut short by a signal, or by io_uring. */
  interrupted = false;

  constructor() {
    this.#libc = libc();
    this.events = new EventBuffer(this.#libc.epollEvent);
    this.#registration = new Uint32Array(this.#libc.epollEvent.stride);
    this.fd = openOwned(() => checked(this.#libc.epoll_create1(O_CLOEXEC), "epoll_create1"));
  }

  /** Registers `fd`, which isn't registered. Returns 0 or the errno. */
  add(fd: number, events: number, generation: number): number {
    return this.#control(EPOLL_CTL_ADD, fd, events, generation);
  }

  /** Changes the registration of `fd`. Returns 0 or the errno: `ENOENT` if there is none. */
  modify(fd: number, events: number, generation: number): number {
    return this.#control(EPOLL_CTL_MOD, fd, events, generation);
  }

  /** Removes the registration of `fd`. Returns 0 or the errno. */
  remove(fd: number): number {
    return this.#control(EPOLL_CTL_DEL, fd, 0, 0);
  }

  /**
   * The generations of all registrations under the number `fd`, those of files that it stood for
   * earlier included, as proc(5) has them; undefined if it can't be asked. Takes its time if there are
   * many registrations.
   */
  generationsOf(fd: number): number[] | undefined {
    let text;
    try {
      text = readText(`/proc/self/fdinfo/${this.fd}`);
    } catch {
      return undefined;
    }
    return Array.from(text.matchAll(/^tfd: *(\d+) .* data: *(\w+)/gm))
      .filter(([, number]) => Number(number) === fd)
      .map(([, , data]) => Number(BigInt(`0x${data}`) >> 32n));
  }

  /** The error for a registration of `fd` that failed with `number`. */
  error(number: number, fd: number): SystemError {
    return systemError("epoll_ctl", fd, number, advice[number]);
  }

  /** The error for those who were registered for `fd` when it turned out to be closed. */
  lost(number: number, fd: number): SystemError {
    if (number !== EBADF && number !== ENOENT) return this.error(number, fd);
    return systemError("epoll_ctl", fd, EBADF, lostAdvice);
  }

  /**
   * Waits for events for up to `milliseconds`, -1 without end. The list is the same each time, and
   * empty if the wait was {@linkcode Epoll.interrupted}.
   */
  wait(milliseconds: number): EventBuffer {
    this.waitCalls++;
    const { events } = this;
    const count = this.#libc.epoll_wait(this.fd, events.words, events.capacity, milliseconds);
    events.length = Math.max(count, 0);
    this.interrupted = count === -1;
    if (count === -1) {
      const number = errno();
      if (number !== EINTR) throw systemError("epoll_wait", this.fd, number);
    }
    return events;
  }

  [Symbol.dispose](): void {
    closeOwned(this.fd);
  }

  #control(operation: number, fd: number, events: number, generation: number): number {
    this.ctlCalls++;
    writeEvent(this.#registration, 0, this.#libc.epollEvent, events, fd, generation);
    const result = this.#libc.epoll_ctl(this.fd, operation, fd, this.#registration);
    return result === 0 ? 0 : errno();
  }
}
