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

import { EBADF, EPOLLIN, POLLIN } from "../ffi/constants.ts";
import type { Epoll } from "../sys/epoll.ts";
import { systemError } from "../ffi/errors.ts";
import { toPollfds } from "../sys/poll.ts";
import { EventFd } from "../sys/eventfd.ts";
import { OwnedFd } from "../sys/owned_fd.ts";
import { isWorkerThread, openThreadPidfd } from "../sys/thread.ts";

/** For how long a manager's instance is watched in one go. */
const mainMilliseconds = 30_000;

/**
 * The same in a Worker. If it is terminated before the thread has got into poll(2), the thread may find
 * other files under the numbers, and lets go of them when the time is over. It also is when the thread
 * goes where it can't see the end of another, which takes Linux 6.9.
 */
const workerMilliseconds = 5000;

/** The call that a doorbell's thread makes. */
export type BlockingCall =
  | {
    readonly name: "poll";
    readonly pollfds: Int32Array<ArrayBuffer>;
    readonly milliseconds: number;
  }
  | { readonly name: "epoll_wait"; readonly fd: number; readonly milliseconds: number };

/** A descriptor to watch, and the means to end that. */
export interface Watch extends Disposable {
  readonly call: BlockingCall;
  readonly bell: EventFd;
  /** Whether `fd` is one of the descriptors that it has opened. */
  isInternal(fd: number): boolean;
}

/** Throws if something has closed the bell, without which the thread would go on for ever, or spin. */
export function requireBell({ bell }: Watch): void {
  if (bell.fd === -1) throw systemError(EBADF, "poll");
}

/** Watches an epoll instance from outside. */
export class PollWatch implements Watch {
  readonly bell: EventFd;
  readonly call: BlockingCall;
  readonly #threadEnd: OwnedFd | undefined;

  constructor(fd: number) {
    const opened = new DisposableStack();
    try {
      this.bell = opened.use(new EventFd());
      const threadEnd = openThreadPidfd();
      if (threadEnd !== undefined) this.#threadEnd = opened.use(new OwnedFd(() => threadEnd));
      const fds = [fd, this.bell.fd, threadEnd].filter((fd) => fd !== undefined);
      this.call = {
        name: "poll",
        pollfds: toPollfds(fds, POLLIN),
        milliseconds: isWorkerThread() ? workerMilliseconds : mainMilliseconds,
      };
      opened.move();
    } finally {
      opened.dispose();
    }
  }

  isInternal(fd: number): boolean {
    return fd === this.bell.fd || fd === this.#threadEnd?.fd;
  }

  [Symbol.dispose](): void {
    this.bell.close();
    this.#threadEnd?.close();
  }
}

/** Watches an epoll instance from inside, as `EPOLLEXCLUSIVE` demands. */
export class EpollWatch implements Watch {
  readonly bell: EventFd;
  readonly call: BlockingCall;

  /** Adds the bell to `epoll`, with generation 0. Blocks for up to `milliseconds` in one go. */
  constructor(epoll: Epoll, milliseconds: number) {
    this.bell = new EventFd();
    const refusal = epoll.add(this.bell.fd, EPOLLIN, 0);
    if (refusal !== 0) {
      this.bell.close();
      throw epoll.error(refusal, this.bell.fd);
    }
    this.call = { name: "epoll_wait", fd: epoll.fd, milliseconds };
  }

  isInternal(fd: number): boolean {
    return fd === this.bell.fd;
  }

  [Symbol.dispose](): void {
    this.bell.close();
  }
}
