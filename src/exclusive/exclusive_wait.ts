/*
 * Sharing a descriptor without a stampede
 * =======================================
 *
 * Each waiter has an entry in the wait queue of the file. A new event walks through the queue and
 * wakes every waiter: ten Workers race for one connection, and nine go back to sleep. An entry that
 * was added with `EPOLLEXCLUSIVE` ends the walk if it woke a thread, and that must be a thread that
 * is blocked in epoll_wait(2) on the very instance that the entry belongs to. A thread in poll(2)
 * on that instance, or one that waits on another instance around it, doesn't count, and the walk
 * goes on. So each waiter has an instance of its own and a thread that blocks in it. The thread
 * blocks there only while a wait is pending, so a busy waiter is passed over. (It still finds the
 * event when it looks next, unless another waiter has dealt with it.)
 *
 * The kernel passes on an event once. If the waiter that was woken doesn't act on it, the others
 * don't learn of it until the next event comes, in level-triggered mode too: only the instance that
 * was told knows. Three things can keep a waiter from acting.
 *
 *  1. It gives up waiting. The thread harvests nothing (see `driver/watch.ts`), so the kernel
 *     keeps the event and reports it to the next wait, edge or level, if it is still true.
 *  2. It is closed. Once the thread has left the kernel, the waiter looks one last time. If it was
 *     woken meanwhile, the pending wait resolves rather than rejects.
 *  3. It dies: a Worker is terminated, or a process killed. The thread of a terminated Worker
 *     stays in the queue until its round is over, and may be woken until then.
 *
 * For the third case, for a wait that is given up and never repeated, and for an isolate that
 * waits but is busy with something else, the other waiters look at the descriptor itself once in
 * each round, past their instances. This limits how long all waiters can overlook an event. But an
 * edge-triggered waiter must not be woken by a descriptor that was ready before its wait. It
 * ignores the descriptor until it has seen it not ready, and so may overlook what another waiter
 * has lost meanwhile.
 *
 * `EPOLLEXCLUSIVE` works with `EPOLL_CTL_ADD` only, and not with `EPOLLONESHOT`, so the manager
 * can't offer it.
 */

import type { DoorbellListener } from "../driver/doorbell.ts";
import type { Driver } from "../driver/driver.ts";
import { EventLoopDriver } from "../driver/event_loop.ts";
import { createExclusiveDoorbell } from "../driver/thread.ts";
import { EBADF, EINVAL, EPOLLET, EPOLLEXCLUSIVE, EPOLLIN } from "../ffi/constants.ts";
import { Epoll } from "../sys/epoll.ts";
import { systemError } from "../ffi/errors.ts";
import { isReady } from "../sys/poll.ts";
import type { WaitOptions } from "../manager/options.ts";
import { parseSettings, startWaiter } from "../manager/start.ts";
import { BusyResourceError, ClosedResourceError } from "../manager/errors.ts";
import { toNothing, type Waiter } from "../manager/waiter.ts";
import type { ExclusiveFlags } from "./options.ts";

/** Tells events of the descriptor from those of the doorbell's bell, which have 0. */
const generation = 1;

/**
 * A round: how long all waiters can overlook an event at most. Each waiting isolate wakes up once
 * in a round.
 */
const roundMilliseconds = 1000;

/** Everything of an `ExclusiveWaiter` except the object that the program holds, and may drop. */
export class ExclusiveWait {
  readonly fd: number;
  readonly #interest: number;
  readonly #epoll: Epoll;
  readonly #driver: Driver;
  #waiter: Waiter | undefined;
  /** The waiter of the pending wait, kept from the garbage collector meanwhile. */
  #holder: object | undefined;
  /** The thread has returned, and the descriptor hasn't been looked at since. */
  #rung = false;
  readonly #edgeTriggered: boolean;
  /** A wait has resolved, and its wakeup may stand for more events. */
  #woken = false;
  /** The descriptor was ready before the wait, which must not wake an edge-triggered waiter. */
  #leftBehind = false;
  #closed: Promise<void> | undefined;

  constructor(fd: number, { interest, trigger }: ExclusiveFlags) {
    this.fd = fd;
    this.#interest = interest;
    this.#edgeTriggered = trigger === EPOLLET;
    this.#epoll = new Epoll();
    try {
      this.#register(interest | trigger | EPOLLEXCLUSIVE);
      const client = {
        fd: this.#epoll.fd,
        hasWaiters: () => this.#waiter !== undefined,
        hasRefs: () => this.#waiter?.isRef ?? false,
        poll: () => this.#poll(),
        fail: (error: unknown) => this.#take()?.reject(error),
      };
      const create = (_fd: number, { onReady, onFailure }: DoorbellListener) => {
        const ring = () => {
          this.#rung = true;
          onReady();
        };
        const listener = { onReady: ring, onFailure };
        return createExclusiveDoorbell(this.#epoll, roundMilliseconds, listener);
      };
      const doorbells = [{ name: "thread", create }] as const;
      this.#driver = new EventLoopDriver(client, { busyPoll: 0, doorbells });
    } catch (error) {
      this.#epoll[Symbol.dispose]();
      throw error;
    }
  }

  /** Waits on behalf of `holder`. */
  wait(holder: object, options?: WaitOptions): Promise<void> {
    try {
      const settings = parseSettings(this, toNothing, undefined, options);
      return startWaiter(-1, 0, settings, (waiter) => this.#begin(waiter, holder));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #begin(waiter: Waiter, holder: object): Error | undefined {
    if (this.#waiter?.isAborted) this.#waiter.handleEvent();
    if (this.#closed !== undefined) return this.#closedError();
    if (this.#waiter !== undefined) {
      return new BusyResourceError(`Another wait on this waiter for fd ${this.fd} is pending`);
    }
    this.#leftBehind = this.#edgeTriggered && this.#woken && isReady(this.fd, this.#interest);
    this.#waiter = waiter;
    this.#holder = holder;
    this.#driver.start();
  }

  /** The signal of `waiter` has aborted. */
  abort(waiter: object): void {
    if (this.#waiter !== waiter) return;
    this.#take();
    this.#driver.stop();
  }

  /** Waits have no timeout. */
  expire(): void {}

  /** Ends the pending wait and closes what has been opened, `fd` aside. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    try {
      await this.#driver.close();
      // Nothing wakes this waiter from now on, so this last look is enough.
      this.#poll();
    } finally {
      this.#take()?.reject(this.#closedError());
      this.#epoll[Symbol.dispose]();
    }
  }

  #register(events: number): void {
    const { fd } = this;
    // If the number was free, it may be the new instance's own.
    const refusal = fd === this.#epoll.fd ? EBADF : this.#epoll.add(fd, events, generation);
    if (refusal === EINVAL) {
      throw systemError(refusal, "epoll_ctl", {
        fd,
        hint: "The kernel refuses EPOLLEXCLUSIVE for epoll descriptors",
      });
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
    this.#take()?.notify(EPOLLIN);
    return 1;
  }

  /** Whether there is a reason to resolve the wait. */
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
   * Throws if `fd` was closed, even if its number stands for another file by now. epoll_ctl(2)
   * always refuses to change an exclusive registration, and that refusal tells that it is still
   * there.
   */
  #requireRegistration(): void {
    if (this.#epoll.modify(this.fd, 0, generation) === EINVAL) return;
    throw systemError(EBADF, "epoll_ctl", { fd: this.fd, hint: "It was closed before its waiter" });
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
