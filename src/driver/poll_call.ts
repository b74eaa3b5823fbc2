/**
 * The system calls of a doorbell's thread, which block. Besides the epoll instance they watch an
 * eventfd that interrupts them, because closing a descriptor wakes no thread that waits for it.
 *
 * A manager's epoll instance is watched from outside. An instance around it would do that too, but
 * the kernel then counts the paths from a file to it, and refuses the 501st registration of one
 * open file with `EINVAL` (`reverse_path_check` in fs/eventpoll.c). On the main thread, AIO watches
 * the instance and signals an eventfd, and the thread waits for that with poll(2). So the thread
 * takes no event that a file reports only once (see `src/sys/aio.ts`).
 *
 * In a Worker the thread waits for the instance itself, because AIO would outlive a terminated
 * Worker. A third descriptor reports the end of the isolate's thread, which can't interrupt
 * anything once it is terminated. All three are closed at that end, while poll(2) keeps the files.
 *
 * For `EPOLLEXCLUSIVE` the thread must block in epoll_wait(2) on the instance itself. It passes no
 * buffer for the events. The kernel notices that when it has one to deliver, answers `EFAULT`, and
 * leaves the event where it was (`ep_send_events` in the same file). So the thread wakes as it
 * should, and the isolate finds everything when it polls, edges included, even if it has stopped
 * waiting and waits again by then. The instance forgets a descriptor that is closed, so it can't
 * report the end of a thread.
 */

import { EBADF, EINTR, EPOLLIN, POLLIN } from "../ffi/constants.ts";
import { SystemError, systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno } from "../ffi/libc.ts";
import { pollSymbols } from "../ffi/symbols.ts";
import type { Epoll } from "../sys/epoll.ts";
import { type AioPoll, tryAio } from "../sys/aio.ts";
import { EventFd } from "../sys/eventfd.ts";
import { OwnedFd } from "../sys/owned_fd.ts";
import { pollfdCount, toPollfds } from "../sys/poll.ts";
import { currentThread, isWorkerThread, openPidfd, PIDFD_THREAD } from "../sys/thread.ts";

/** Arguments for the thread. */
export type BlockingArguments =
  | {
    readonly name: "poll";
    readonly pollfds: Int32Array<ArrayBuffer>;
    readonly milliseconds: number;
  }
  | { readonly name: "epoll_wait"; readonly fd: number; readonly milliseconds: number };

/** A call that watches an epoll instance, and the means to end it. */
export interface BlockingCall extends Disposable {
  readonly arguments: BlockingArguments;
  /** Ends the call when it is signalled. */
  readonly interrupt: EventFd;
  /** Whether `fd` is one of the descriptors that it has opened. */
  isInternal(fd: number): boolean;
  /** Called before the thread makes the call. Throws if it can't be made. */
  prepare(): void;
  /** Throws the error of a call that returned -1, unless that is how it should end. */
  check(): void;
}

/**
 * Ends `call` when its doorbell is closed. A failure would leave the thread, so this tries twice.
 */
export function interruptForGood({ interrupt }: BlockingCall): void {
  try {
    interrupt.signal();
  } catch {
    interrupt.signal();
  }
}

/**
 * Throws if other code has closed the eventfd. Without it, the thread would block forever, or spin.
 */
function requireOpen(interrupt: EventFd): void {
  if (interrupt.fd === -1) throw systemError(EBADF, "poll");
}

/**
 * A descriptor that is readable once the calling thread has ended. Undefined for a thread that
 * doesn't end before the process, and where it can't be had: before Linux 6.9, or in a sandbox.
 */
function tryThreadEnd(): OwnedFd | undefined {
  if (!isWorkerThread()) return undefined;
  const thread = currentThread();
  try {
    return new OwnedFd(() => openPidfd(thread, PIDFD_THREAD), "pidfd_open");
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** Watches an epoll instance from outside. */
export class PollCall implements BlockingCall {
  readonly arguments: BlockingArguments & { name: "poll" };
  readonly interrupt: EventFd;
  readonly #aio: AioPoll | undefined;
  readonly #threadEnd: OwnedFd | undefined;

  /**
   * Watches `fd` for up to `milliseconds` in one call.
   *
   * If a Worker is terminated before its doorbell's thread has got into poll(2), the thread may
   * find other files under the numbers, and lets go of them when the time is over. Before Linux 6.9
   * a thread can't watch the end of another one, and also goes after this time.
   */
  constructor(fd: number, milliseconds: number) {
    const stack = new DisposableStack();
    try {
      this.interrupt = stack.use(new EventFd());
      this.#aio = stack.use(tryAio(fd));
      this.#threadEnd = stack.use(tryThreadEnd());
      const fds = [this.#aio?.ready.fd ?? fd, this.interrupt.fd, this.#threadEnd?.fd];
      this.arguments = {
        name: "poll",
        pollfds: toPollfds(fds.filter((fd) => fd !== undefined), POLLIN),
        milliseconds,
      };
      stack.move();
    } finally {
      stack.dispose();
    }
  }

  isInternal(fd: number): boolean {
    return [this.interrupt, this.#aio?.ready, this.#threadEnd].some((own) => own?.fd === fd);
  }

  prepare(): void {
    requireOpen(this.interrupt);
    this.#aio?.start();
  }

  /** The errno stays on the thread, so the call is made again here. */
  check(): void {
    const { pollfds } = this.arguments;
    if (bindSymbols(pollSymbols).poll(pollfds, pollfdCount(pollfds), 0) !== -1) return;
    const errno = lastErrno();
    if (errno !== EINTR) throw systemError(errno, "poll");
  }

  [Symbol.dispose](): void {
    this.#aio?.[Symbol.dispose]();
    this.interrupt.close();
    this.#threadEnd?.close();
  }
}

/** Watches an epoll instance from inside, as `EPOLLEXCLUSIVE` requires. */
export class EpollCall implements BlockingCall {
  readonly arguments: BlockingArguments;
  readonly interrupt: EventFd;

  /**
   * Adds the eventfd to `epoll`, with generation 0. Blocks for up to `milliseconds` in one call.
   */
  constructor(epoll: Epoll, milliseconds: number) {
    this.interrupt = new EventFd();
    const errno = epoll.add(this.interrupt.fd, EPOLLIN, 0);
    if (errno !== 0) {
      this.interrupt.close();
      throw epoll.createError(errno, this.interrupt.fd);
    }
    this.arguments = { name: "epoll_wait", fd: epoll.fd, milliseconds };
  }

  isInternal(fd: number): boolean {
    return fd === this.interrupt.fd;
  }

  prepare(): void {
    requireOpen(this.interrupt);
  }

  /** The isolate polls the same instance next, which throws for itself. */
  check(): void {}

  [Symbol.dispose](): void {
    this.interrupt.close();
  }
}
