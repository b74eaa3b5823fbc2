/**
 * What a doorbell's thread blocks in: epoll_wait(2) on an instance that holds what is watched, a bell,
 * since closing a descriptor doesn't wake those who wait on it, and the end of the isolate's thread,
 * since one that is terminated can't ring.
 *
 * The thread passes no buffer for the events. The kernel finds that out when it has one to deliver,
 * answers `EFAULT`, and leaves the event where it was (`ep_send_events` in fs/eventpoll.c). So the
 * thread wakes as it should, and yet harvests nothing: the isolate finds everything when it looks for
 * itself, edges too, even if by then it has given up waiting and taken it up again. And an isolate
 * that dies leaves no thread behind that will write into memory it once had.
 */

import { EPOLL_CTL_ADD, EPOLLIN, O_CLOEXEC } from "../ffi/constants.ts";
import { checked, libc } from "../ffi/libc.ts";
import { openThreadPidfd } from "../ffi/thread_pidfd.ts";
import { Wakeup } from "../wakeup/wakeup.ts";
import { watchMilliseconds } from "./doorbell.ts";

/** An epoll instance to block in, and the means to end that. */
export class Watch implements Disposable {
  /** The epoll instance. Events of the bell have 0 for their data. */
  readonly instance: number;
  /** For how long to block in one go. */
  readonly milliseconds: number;
  readonly bell: Wakeup;
  readonly #threadEnd: number | undefined;
  readonly #owned: boolean;

  /** Adds to `instance` what ends a watch. Once made, it closes the instance too if that is `owned`. */
  constructor(instance: number, milliseconds: number, owned = false) {
    this.instance = instance;
    this.milliseconds = milliseconds;
    this.bell = new Wakeup();
    this.#threadEnd = openThreadPidfd();
    this.#owned = owned;
    try {
      add(instance, this.bell.fd);
      if (this.#threadEnd !== undefined) add(instance, this.#threadEnd);
    } catch (error) {
      this.#closeOwn();
      throw error;
    }
  }

  /** Whether `fd` is one of the descriptors that it has opened. */
  owns(fd: number): boolean {
    const isInstance = this.#owned && fd === this.instance;
    return isInstance || fd === this.bell.fd || fd === this.#threadEnd;
  }

  [Symbol.dispose](): void {
    this.#closeOwn();
    if (this.#owned) libc().close(this.instance);
  }

  #closeOwn(): void {
    this.bell.close();
    if (this.#threadEnd !== undefined) libc().close(this.#threadEnd);
  }
}

/** A watch for `fd` alone, in an instance of its own. */
export function watchOver(fd: number): Watch {
  const instance = checked(libc().epoll_create1(O_CLOEXEC), "epoll_create1");
  try {
    add(instance, fd);
    return new Watch(instance, watchMilliseconds, true);
  } catch (error) {
    libc().close(instance);
    throw error;
  }
}

function add(instance: number, fd: number): void {
  const event = new Uint32Array(libc().epollEvent.stride);
  event[0] = EPOLLIN;
  checked(libc().epoll_ctl(instance, EPOLL_CTL_ADD, fd, event), "epoll_ctl", fd);
}
