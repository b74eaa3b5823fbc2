/*
 * Sharing a descriptor without a stampede
 * =======================================
 *
 * Who waits for a file has an entry in its wait queue. A new event goes through the queue and wakes
 * everybody: ten Workers race for one connection, and nine go back to sleep. An entry that was added
 * with `EPOLLEXCLUSIVE` ends the walk if somebody was woken by it, and "somebody" is a thread that is
 * blocked in epoll_wait(2) on the very instance the entry belongs to. poll(2) on that instance, or
 * another instance around it, doesn't count, and then the walk goes on. So each waiter has an instance
 * of its own and a thread that blocks in it, and it blocks there only while a wait is pending: a busy
 * waiter is passed over. (It finds the event all the same when it looks next, unless that is gone.)
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
 * instances, once in a while. This bounds for how long an event can be overlooked by everybody. To an
 * edge-triggered waiter a descriptor that was ready before the wait looks no different, though. It passes
 * over one until it has seen it not ready, and so over what such a waiter beside it has lost meanwhile.
 *
 * `EPOLLEXCLUSIVE` can be had with `EPOLL_CTL_ADD` only, and not with `EPOLLONESHOT`, which is why
 * the manager can't offer it.
 */

import { BurstDriver } from "../driver/burst.ts";
import type { Driver } from "../driver/driver.ts";
import { threadDoorbellIn } from "../driver/thread.ts";
import { EBADF, EINVAL, EPOLLET, EPOLLEXCLUSIVE } from "../ffi/constants.ts";
import { Epoll } from "../ffi/epoll.ts";
import { systemError } from "../ffi/libc.ts";
import { isReady } from "../ffi/poll.ts";
import { holds, type WaitOptions } from "../manager/wait_options.ts";
import { BusyResourceError, ClosedResourceError } from "../manager/errors.ts";
import { Waiter } from "../manager/waiter.ts";
import type { ExclusiveFlags } from "./options.ts";

/** Tells events of the descriptor from those of the doorbell's bell, which have 0. */
const generation = 1;

/** How long an event can be overlooked, at most. Each waiting isolate wakes up as often. */
const roundMilliseconds = 1000;

/** All of an `ExclusiveWaiter` but the object that the program holds, and may drop. */
export class ExclusiveWait {
  readonly fd: number;
  readonly #interest: number;
  readonly #epoll: Epoll;
  readonly #driver: Driver;
  #waiter: Waiter | undefined;
  /** The object by which the pending wait was begun: it isn't dropped while the wait is pending. */
  #holder: object | undefined;
  /** The thread has come back, for whatever reason, and the descriptor hasn't been looked at since. */
  #rung = false;
  readonly #edgeTriggered: boolean;
  /** A wait has resolved, and may have left something behind. */
  #woken = false;
  /** The descriptor has been ready since before the wait, for which an edge-triggered one isn't woken. */
  #leftBehind = false;
  #closed: Promise<void> | undefined;

  constructor(fd: number, { interest, trigger }: ExclusiveFlags) {
    this.fd = fd;
    this.#interest = interest;
    this.#edgeTriggered = trigger === EPOLLET;
    this.#epoll = new Epoll();
    try {
      this.#register(interest | trigger | EPOLLEXCLUSIVE);
      const pollable = {
        fd: this.#epoll.fd,
        waiting: () => this.#waiter !== undefined,
        held: () => this.#waiter?.held ?? false,
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

  /** Waits on behalf of `holder`. */
  wait(holder: object, options?: WaitOptions): Promise<void> {
    try {
      // The caller's code comes first: it may close this, or wait, and the state be another then.
      const signal = options?.signal;
      const waiter = new Waiter(this, signal, holds(options?.ref));
      if (signal?.aborted) {
        waiter.reject(signal.reason);
      } else if (this.#closed !== undefined) {
        waiter.reject(this.#closedError());
      } else if (this.#waiter !== undefined) {
        waiter.reject(
          new BusyResourceError(`Another wait on this waiter for fd ${this.fd} is pending`),
        );
      } else {
        this.#leftBehind = this.#edgeTriggered && this.#woken && isReady(this.fd, this.#interest);
        this.#waiter = waiter;
        this.#holder = holder;
        this.#driver.start();
      }
      return waiter.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The signal of `waiter` has aborted. */
  abort(waiter: object): void {
    if (this.#waiter !== waiter) return;
    this.#take();
    this.#driver.stop();
  }

  /** Ends the pending wait and closes what has been opened, `fd` aside. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
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
      throw systemError(refusal, "epoll_ctl", fd, "EPOLLEXCLUSIVE is not for epoll descriptors");
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
    this.#woken = true;
    this.#take()?.dispatch();
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
    const ready = isReady(this.fd, this.#interest);
    this.#leftBehind &&= ready;
    return ready && !this.#leftBehind;
  }

  /**
   * Throws if `fd` was closed, even if its number is another file's by now: epoll_ctl(2) promises to
   * refuse to change an exclusive registration, and so tells that it is there.
   */
  #requireRegistration(): void {
    if (this.#epoll.modify(this.fd, 0, generation) === EINVAL) return;
    throw systemError(EBADF, "epoll_ctl", this.fd, "It was closed while a waiter was open for it");
  }

  #take(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#holder = undefined;
    return waiter;
  }

  #closedError(): ClosedResourceError {
    return new ClosedResourceError(`The waiter for fd ${this.fd} is closed`);
  }
}
