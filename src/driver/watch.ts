/**
 * What a doorbell's thread blocks in. Besides what is watched it looks at a bell, since closing a
 * descriptor doesn't wake those who wait on it.
 *
 * A manager's epoll instance is watched by poll(2), which leaves all events where they are. An instance
 * around it would do that too, but the kernel then counts the ways from a file to it, and refuses the
 * 501st registration of one open file with `EINVAL` (`reverse_path_check` in fs/eventpoll.c). A third
 * descriptor tells the end of the isolate's thread, since one that is terminated can't ring. All three
 * are closed at that end; poll(2) holds on to the files.
 *
 * For `EPOLLEXCLUSIVE` the thread must block in epoll_wait(2) on the very instance. It passes no buffer
 * for the events. The kernel finds that out when it has one to deliver, answers `EFAULT`, and leaves
 * the event where it was (`ep_send_events` in the same file). So the thread wakes as it should, and yet
 * harvests nothing: the isolate finds everything when it looks for itself, edges too, even if by then
 * it has given up waiting and taken it up again. To an instance a closed descriptor is one that never
 * was, and so can't tell the end of a thread.
 */

import { EPOLL_CTL_ADD, EPOLLIN, POLLIN } from "../ffi/constants.ts";
import { checked, libc } from "../ffi/libc.ts";
import { closeOwned, own } from "../ffi/owned.ts";
import { mayEndEarly, openThreadPidfd } from "../ffi/thread.ts";
import { Wakeup } from "../wakeup/wakeup.ts";

/** For how long a manager's instance is watched in one go. */
const mainMilliseconds = 30_000;

/**
 * The same in a Worker. If it is terminated before the thread has got into poll(2), the thread may find
 * other files under the numbers, and lets go of them when the time is over. It also is when the thread
 * goes where it can't see the end of another, which takes Linux 6.9.
 */
const workerMilliseconds = 5000;

/** A descriptor to watch, and the means to end that. */
export class Watch implements Disposable {
  readonly fd: number;
  /** Whether to block in epoll_wait(2) on `fd`, rather than in poll(2) on `pollfds`. */
  readonly inside: boolean;
  /** For how long to block in one go. */
  readonly milliseconds: number;
  readonly bell: Wakeup;
  readonly #threadEnd: number | undefined = undefined;

  constructor(fd: number, inside: boolean, milliseconds: number) {
    this.fd = fd;
    this.inside = inside;
    this.milliseconds = milliseconds;
    this.bell = new Wakeup();
    try {
      if (inside) add(fd, this.bell.fd);
      else this.#threadEnd = openThreadPidfd();
    } catch (error) {
      this.bell.close();
      throw error;
    }
    if (this.#threadEnd !== undefined) own(this.#threadEnd);
  }

  /** `struct pollfd[]` of { int fd; short events, revents }, for all that is to be watched. */
  get pollfds(): Int32Array<ArrayBuffer> {
    const threadEnd = this.#threadEnd === undefined ? [] : [this.#threadEnd];
    return new Int32Array([this.fd, this.bell.fd, ...threadEnd].flatMap((fd) => [fd, POLLIN]));
  }

  /** Whether `fd` is one of the descriptors that it has opened. */
  owns(fd: number): boolean {
    return fd === this.bell.fd || fd === this.#threadEnd;
  }

  [Symbol.dispose](): void {
    this.bell.close();
    if (this.#threadEnd !== undefined) closeOwned(this.#threadEnd);
  }
}

/** A watch over a manager's instance. */
export function watchOver(fd: number): Watch {
  return new Watch(fd, false, mayEndEarly() ? workerMilliseconds : mainMilliseconds);
}

function add(instance: number, fd: number): void {
  const event = new Uint32Array(libc().epollEvent.stride);
  event[0] = EPOLLIN;
  checked(libc().epoll_ctl(instance, EPOLL_CTL_ADD, fd, event), "epoll_ctl", fd);
}
