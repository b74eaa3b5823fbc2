/*
 * Sharing a descriptor without a stampede
 * =======================================
 *
 * Each waiter has an entry in the wait queue of the file. A new event walks through the queue and
 * wakes every waiter. If ten Workers wait for one connection, all wake up, and nine go back to
 * sleep. An entry with `EPOLLEXCLUSIVE` ends the walk if it woke a thread. The thread must be
 * blocked in epoll_wait(2) on the instance that the entry belongs to. A thread in poll(2) on that
 * instance doesn't count, nor does one that waits on another instance around it. So each waiter has
 * its own instance, and a thread that blocks in it. The thread blocks only while a wait is pending.
 * The kernel passes over a busy waiter, which still finds the event at its next wait, unless
 * another waiter has dealt with it.
 *
 * The kernel reports an event to one instance. If its waiter doesn't act, the others learn nothing
 * until the next event, even in level-triggered mode. There are three reasons not to act.
 *
 *  1. The wait is aborted. The thread receives no events, see `src/driver/poll_call.ts`. So the
 *     kernel keeps the event and reports it to the next wait, edge or level, if it still holds.
 *  2. The waiter is closed. After the thread has left the kernel, the waiter polls one last
 *     time. If an event woke it, the pending wait resolves instead of rejecting.
 *  3. The waiter dies: a Worker is terminated, or a process killed. The thread of a terminated
 *     Worker stays in the queue until its round is over, and can be woken until then.
 *
 * In the third case, another waiter has to find the event. The same goes for an aborted wait that
 * is never repeated, and for an isolate that is too busy. So each waiter polls the descriptor
 * itself once per round. This limits how long all waiters can miss an event. But a descriptor that
 * was ready before the wait must not wake an edge-triggered waiter. Such a waiter ignores the
 * descriptor until it was not ready once, and can miss what another waiter lost before that.
 *
 * The manager can't offer `EPOLLEXCLUSIVE`. It works with `EPOLL_CTL_ADD` only, and not with
 * `EPOLLONESHOT`.
 */

import type { DoorbellListener } from "../driver/doorbell.ts";
import type { Driver } from "../driver/driver.ts";
import { EventLoopDriver } from "../driver/event_loop.ts";
import { createExclusiveDoorbell } from "../driver/thread.ts";
import {
  EBADF,
  EINVAL,
  EPOLL_CTL_MOD,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLIN,
} from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { BusyResourceError, ClosedResourceError } from "../manager/errors.ts";
import type { WaitOptions } from "../manager/options.ts";
import { startWaitWakeup } from "../manager/start_waits.ts";
import type { Waiter, WaiterOwner } from "../manager/waiter.ts";
import { Epoll } from "../sys/epoll.ts";
import { isReady } from "../sys/poll.ts";

/** The generation of the descriptor's entry. The doorbell's own entry has 0. */
const generation = 1;

/** How long all waiters can miss an event at most. Each waiting isolate wakes up once per round. */
const roundMilliseconds = 1000;

/** The options of an exclusive waiter, as `EPOLL*` flags. */
export interface ExclusiveFlags {
  readonly interest: number;
  readonly trigger: number;
}

/** An `ExclusiveWaiter` without the object that the program has, and may drop. */
export class ExclusiveCore implements WaiterOwner {
  readonly fd: number;
  readonly #flags: ExclusiveFlags;
  readonly #epoll: Epoll;
  readonly #driver: Driver;
  /** The pending wait. Its settings keep the program's object from the garbage collector. */
  #waiter: Waiter | undefined;
  /** The thread has returned, and the descriptor was not polled since. */
  #hasRung = false;
  /** A wait has resolved, and its wakeup may have been for several events. */
  #wasWoken = false;
  /** The descriptor was ready before the wait, which must not wake an edge-triggered waiter. */
  #wasReadyBefore = false;
  #closed: Promise<void> | undefined;

  constructor(fd: number, flags: ExclusiveFlags) {
    this.fd = fd;
    this.#flags = flags;
    this.#epoll = new Epoll();
    try {
      this.#register(flags.interest | flags.trigger | EPOLLEXCLUSIVE);
      this.#driver = this.#createDriver();
    } catch (error) {
      this.#epoll[Symbol.dispose]();
      throw error;
    }
  }

  /** Waits for a wakeup. Keeps `owner` from the garbage collector in the meantime. */
  wait(owner: { readonly fd: number }, options?: WaitOptions): Promise<void> {
    return startWaitWakeup(this, options, owner);
  }

  /** Begins to wait. Returns the error if that is impossible. */
  begin(waiter: Waiter): Error | undefined {
    // The listener of a signal that has aborted may not have run yet.
    this.#waiter?.handleEvent();
    if (this.#closed !== undefined) return this.#createClosedError();
    if (this.#waiter !== undefined) {
      return new BusyResourceError(`Another wait on this waiter for fd ${this.fd} is pending`);
    }
    const isEdge = this.#flags.trigger === EPOLLET;
    this.#wasReadyBefore = isEdge && this.#wasWoken && isReady(this.fd, this.#flags.interest);
    this.#waiter = waiter;
    this.#driver.start();
  }

  /** Ends a wait whose signal has aborted. */
  abort(waiter: Waiter): void {
    if (this.#waiter !== waiter) return;
    this.#takeWaiter();
    this.#driver.stop();
  }

  /** Waits have no timeout. */
  expire(): void {}

  /** Ends the pending wait and closes everything except `fd`. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    try {
      await this.#driver.close();
      // No event wakes this waiter any more, so one last poll is enough.
      this.#poll();
    } finally {
      this.#takeWaiter()?.reject(this.#createClosedError());
      this.#epoll[Symbol.dispose]();
    }
  }

  #createDriver(): Driver {
    const client = {
      fd: this.#epoll.fd,
      countWaiters: () => this.#waiter === undefined ? 0 : 1,
      hasRefs: () => this.#waiter?.isRef ?? false,
      poll: () => this.#poll(),
      fail: (error: unknown) => this.#takeWaiter()?.reject(error),
    };
    const createDoorbell = (_fd: number, { onReady, onFailure }: DoorbellListener) => {
      const onRing = () => {
        this.#hasRung = true;
        onReady();
      };
      const listener = { onReady: onRing, onFailure };
      return createExclusiveDoorbell(this.#epoll, roundMilliseconds, listener);
    };
    const doorbells = [{ name: "thread", createDoorbell }] as const;
    return new EventLoopDriver(client, { pollMilliseconds: 0, doorbells });
  }

  #register(events: number): void {
    const { fd } = this;
    // A number that was free may be the one of the new instance.
    const errno = fd === this.#epoll.fd ? EBADF : this.#epoll.add(fd, events, generation);
    if (errno === EINVAL) {
      const hint = "The kernel refuses EPOLLEXCLUSIVE for epoll descriptors";
      throw systemError(errno, "epoll_ctl", { fd, hint });
    }
    if (errno !== 0) throw this.#epoll.createError(errno, fd);
  }

  #poll(): number {
    if (this.#waiter === undefined) return 0;
    try {
      if (!this.#receive()) return 0;
    } catch (error) {
      this.#takeWaiter()?.reject(error);
      return 0;
    }
    this.#wasWoken = true;
    this.#takeWaiter()?.notify(EPOLLIN);
    return 1;
  }

  /** Returns whether an event ends the wait. */
  #receive(): boolean {
    const events = this.#epoll.wait(0);
    for (let index = 0; index < events.length; index++) {
      if (events.generation(index) === generation) return true;
    }
    if (!this.#hasRung) return false;
    this.#hasRung = false;
    this.#requireRegistration();
    const ready = isReady(this.fd, this.#flags.interest);
    this.#wasReadyBefore &&= ready;
    return ready && !this.#wasReadyBefore;
  }

  /**
   * Throws if `fd` was closed, even if the number refers to another file by now. epoll_ctl(2) never
   * changes an exclusive registration. It fails with `EINVAL` while there is one.
   */
  #requireRegistration(): void {
    if (this.#epoll.control(EPOLL_CTL_MOD, this.fd, 0, generation) === EINVAL) return;
    const hint = "The descriptor was closed before its waiter";
    throw systemError(EBADF, "epoll_ctl", { fd: this.fd, hint });
  }

  #takeWaiter(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    return waiter;
  }

  #createClosedError(): ClosedResourceError {
    return new ClosedResourceError(`The waiter for fd ${this.fd} is closed`);
  }
}
