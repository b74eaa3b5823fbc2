/*
 * Sharing a descriptor without a stampede
 * =======================================
 *
 * Who waits for a file has an entry in its wait queue. A new event goes through the queue and wakes
 * everybody: ten Workers race for one connection, and nine go back to sleep. An entry that was added
 * with `EPOLLEXCLUSIVE` ends the walk if somebody was woken by it, and "somebody" is a thread that is
 * blocked in epoll_wait(2) on the very instance the entry belongs to. poll(2) on that instance, or
 * another instance around it, doesn't count, and then the walk goes on. So each waiter has an instance
 * of its own and a thread that blocks in it, and it blocks there only while a wait is pending: whoever
 * is busy is passed over. (He finds the event all the same when he looks next, unless it is gone.)
 *
 * What is passed on once is never passed on again. The event of a waiter that was woken, and then
 * doesn't act on it, is lost to the others until the next one comes, in level-triggered mode too:
 * only the instance that was told knows, and the rest of the queue isn't asked. Three things can keep
 * a waiter from acting.
 *
 *  1. It gives up waiting. The thread harvests nothing (see `driver/watch.ts`), so the kernel keeps
 *     the event and hands it out at the next wait, edge or level, if it is still true.
 *  2. It is closed. Once the thread is out, the waiter looks one last time, and if it has been woken
 *     meanwhile, the wait that was pending resolves rather than rejects.
 *  3. It dies: a Worker is terminated, a process killed. The thread of a terminated Worker stays in
 *     the queue until it looks around again, and may be woken until then.
 *
 * For the third case, for a wait that was given up and isn't taken up again, and for an isolate that
 * waits but is kept busy by something else, the others look at the descriptor itself, past their
 * instances, once in a while. This bounds for how long an event can be overlooked by everybody.
 *
 * `EPOLLEXCLUSIVE` can be had with `EPOLL_CTL_ADD` only, and not with `EPOLLONESHOT`, which is why
 * the manager can't offer it.
 */

import { BurstDriver } from "../driver/burst.ts";
import type { Driver } from "../driver/driver.ts";
import { threadDoorbellIn } from "../driver/thread.ts";
import { EBADF, EINVAL, EPOLLEXCLUSIVE } from "../ffi/constants.ts";
import { isReady } from "../ffi/poll.ts";
import { systemError } from "../ffi/libc.ts";
import { Epoll } from "../ffi/epoll.ts";
import type { WaitOptions } from "../manager/epoll_io_manager.ts";
import { BusyResourceError, ClosedResourceError } from "../manager/errors.ts";
import { type FdLike, toFd } from "../manager/fd_like.ts";
import { Waiter } from "../manager/waiter.ts";

import { type ExclusiveWaiterOptions, flagsOf } from "./options.ts";

/** Tells events of the descriptor from those of the doorbell's bell, which have 0. */
const generation = 1;

/** How long an event can be overlooked, at most. Each waiting isolate wakes up as often. */
const roundMilliseconds = 1000;

/**
 * Waits for a descriptor that other Workers or processes wait for too, so that an event wakes one of
 * them rather than all (`EPOLLEXCLUSIVE`). It is meant for a listening socket that several share.
 *
 * Every wakeup must be followed by accepting until there is nothing left, as {@linkcode acceptAll}
 * does: connections that come close together may cause one wakeup, and the others sleep on.
 *
 * Give each Worker or process a waiter of its own. It holds two descriptors, and a thread while
 * a wait is pending: one of the 32 of an isolate's pool in Deno, a small Worker in Bun, which stays.
 * Close it before the descriptor.
 *
 * An event that wakes a Worker which at that moment is terminated, or too busy to notice, isn't lost:
 * if no further event comes, another one notices it within about a second.
 *
 * @example
 * ```ts
 * import { acceptAll, ExclusiveWaiter } from "@fdready/fdready";
 * import { close, listenTcp } from "@fdready/fdready/os";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * const waiter = new ExclusiveWaiter(listener);
 * setTimeout(() => waiter.close(), 10);
 *
 * for await (const _ of waiter) {
 *   for (const connection of acceptAll(listener)) close(connection);
 * }
 * close(listener);
 * ```
 */
export class ExclusiveWaiter implements AsyncDisposable {
  /** The descriptor that is waited for. */
  readonly fd: number;
  readonly #interest: number;
  readonly #epoll: Epoll;
  readonly #driver: Driver;
  #waiter: Waiter | undefined;
  /** The thread has come back, for whatever reason, and the descriptor hasn't been looked at since. */
  #rung = false;
  #closed: Promise<void> | undefined;

  /**
   * Registers `fd` with an epoll instance of its own.
   *
   * @param fd The descriptor, or what has one.
   * @param options What to wait for, and how.
   * @throws {SystemError} `EINVAL` if `fd` is an epoll descriptor, for which the kernel refuses
   * `EPOLLEXCLUSIVE`; `EBADF` if it isn't open; `EPERM` if it is a regular file or a directory;
   * `ENOSPC` at the user's limit on registrations; `EMFILE` or `ENFILE`, if there are no descriptors
   * left.
   * @throws {TypeError} If `fd` is no descriptor, or an option is none of its values.
   * @throws {UnsupportedPlatformError} Where this module can't work.
   */
  constructor(fd: FdLike, options: ExclusiveWaiterOptions = {}) {
    const { interest, trigger } = flagsOf(options);
    this.fd = toFd(fd);
    this.#interest = interest;
    this.#epoll = new Epoll();
    try {
      this.#register(interest | trigger | EPOLLEXCLUSIVE);
      const pollable = {
        fd: this.#epoll.fd,
        waiting: () => this.#waiter !== undefined,
        poll: () => this.#poll(),
        fail: (error: unknown) => this.#take()?.reject(error),
      };
      this.#driver = new BurstDriver(pollable, 0, (_fd, { onRing, onFailure }) => {
        const ring = () => {
          this.#rung = true;
          onRing();
        };
        return threadDoorbellIn(this.#epoll, roundMilliseconds, { onRing: ring, onFailure });
      });
    } catch (error) {
      this.#epoll[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Waits until this waiter is the one woken, or until there is something that was there before.
   *
   * To resolve is a hint: others may have been quicker. Accept until there is nothing left, then wait
   * again. A wait that is aborted loses nothing, even if the wakeup had come already: the next wait
   * resolves at once. While it is pending it keeps the process alive.
   *
   * @param options A signal that can end the wait.
   * @returns What resolves, to nothing, at the wakeup.
   * @throws {BusyResourceError} If another wait on this waiter is pending.
   * @throws {ClosedResourceError} If the waiter is closed.
   * @throws {SystemError} `EBADF`, some time after `fd` was closed.
   *
   * @example
   * ```ts
   * import { ExclusiveWaiter, Wakeup } from "@fdready/fdready";
   *
   * using wakeup = new Wakeup();
   * await using waiter = new ExclusiveWaiter(wakeup);
   * setTimeout(() => wakeup.wake(), 5);
   * await waiter.wait({ signal: AbortSignal.timeout(1000) });
   * ```
   */
  wait(options?: WaitOptions): Promise<void> {
    try {
      if (this.#closed !== undefined) throw this.#closedError();
      if (this.#waiter !== undefined) {
        throw new BusyResourceError(`Another wait on this waiter for fd ${this.fd} is pending`);
      }
      const signal = options?.signal;
      signal?.throwIfAborted();
      this.#waiter = new Waiter({ abort: () => this.#abandon() }, signal);
      this.#driver.start();
      return this.#waiter.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Waits again and again: one turn for each wakeup, each of them a hint as with
   * {@linkcode ExclusiveWaiter.wait}. The iteration ends when the waiter is closed.
   *
   * @returns What `for await` takes. It throws what `wait` rejects with, but for the close.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<void, void, void> {
    for (;;) {
      try {
        await this.wait();
      } catch (error) {
        if (this.#closed !== undefined && error instanceof ClosedResourceError) return;
        throw error;
      }
      yield;
    }
  }

  /**
   * Ends the pending wait and closes what the waiter has opened; `fd` stays open. Idempotent.
   *
   * The wait rejects with {@linkcode ClosedResourceError}, unless this waiter has been woken by then.
   * Nobody else has been, so the wait resolves after all, and its connections are still to be accepted.
   *
   * @returns What resolves once the thread is gone and the descriptors are closed.
   */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  /** Does what {@linkcode ExclusiveWaiter.close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.#driver.close();
      // Nothing that comes from now on wakes this waiter, so this is the last look that is needed.
      this.#poll();
    } finally {
      this.#take()?.reject(this.#closedError());
      this.#epoll[Symbol.dispose]();
    }
  }

  #register(events: number): void {
    const { fd } = this;
    // A number that was free may be the instance's own by now.
    const refusal = fd === this.#epoll.fd ? EBADF : this.#epoll.add(fd, events, generation);
    if (refusal === EINVAL) {
      throw systemError("epoll_ctl", fd, refusal, "EPOLLEXCLUSIVE is not for epoll descriptors");
    }
    if (refusal !== 0) throw this.#epoll.error(refusal, fd);
  }

  #poll(): number {
    if (this.#waiter === undefined) return 0;
    try {
      if (!this.#look()) return 0;
    } catch (error) {
      this.#take()?.reject(error);
      return 0;
    }
    this.#take()?.resolve();
    return 1;
  }

  /** Whether there is something to resolve a wait for. */
  #look(): boolean {
    const events = this.#epoll.wait(0);
    for (let index = 0; index < events.length; index++) {
      if (events.generation(index) === generation) return true;
    }
    if (!this.#rung) return false;
    this.#rung = false;
    this.#requireRegistration();
    return isReady(this.fd, this.#interest);
  }

  /**
   * Throws if `fd` was closed, even if its number is another file's by now: epoll_ctl(2) promises to
   * refuse to change an exclusive registration, and so tells that it is there.
   */
  #requireRegistration(): void {
    if (this.#epoll.modify(this.fd, 0, generation) === EINVAL) return;
    throw systemError("epoll_ctl", this.fd, EBADF, "It was closed while a waiter was open for it");
  }

  #abandon(): void {
    this.#take();
    this.#driver.stop();
  }

  #take(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    return waiter;
  }

  #closedError(): ClosedResourceError {
    return new ClosedResourceError(`The waiter for fd ${this.fd} is closed`);
  }
}
