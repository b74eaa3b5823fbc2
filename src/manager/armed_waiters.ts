/** The waiters of descriptors, with their registrations: how they begin, change and end. */

import { EPOLLPRI } from "../ffi/constants.ts";
import type { Epoll, EventBuffer } from "../sys/epoll.ts";
import {
  createBusyError,
  createFdClosingError,
  createManagerClosedError,
  createWatchClosedError,
} from "./errors.ts";
import type { EventSource } from "./event_source.ts";
import { FdWaiters } from "./fd_waiters.ts";
import { isReadyFor } from "./readiness.ts";
import type { Registrations } from "./registrations.ts";
import type { EpollStatistics } from "./statistics.ts";
import { isPending, type Waiter, type WaiterHost, type WaiterOwner } from "./waiter.ts";
import type { Watch, WatchOwner } from "./watch.ts";

/** The parts of a manager that its armed waiters use. */
export interface ArmedWaitersParts {
  readonly host: WaiterHost;
  readonly epoll: Epoll;
  readonly registrations: Registrations;
  readonly eventSource: EventSource;
}

/**
 * Connects the kernel side, {@linkcode Registrations}, with the program side,
 * {@linkcode FdWaiters}.
 */
export class ArmedWaiters implements WaiterOwner, WatchOwner {
  readonly #host: WaiterHost;
  readonly #epoll: Epoll;
  readonly #registrations: Registrations;
  readonly #eventSource: EventSource;
  readonly #waiters = new FdWaiters();

  constructor({ host, epoll, registrations, eventSource }: ArmedWaitersParts) {
    this.#host = host;
    this.#epoll = epoll;
    this.#registrations = registrations;
    this.#eventSource = eventSource;
  }

  /** How many waiters are pending. */
  get pending(): number {
    return this.#waiters.pending;
  }

  /** How many pending waiters keep the process alive. */
  get refs(): number {
    return this.#waiters.refs;
  }

  /** All waiters, by descriptor. */
  list(): Waiter[] {
    return this.#waiters.list();
  }

  /** The part of the statistics that concerns descriptors. */
  statistics(): Omit<EpollStatistics, "backend" | "driver" | "wakeups"> {
    return {
      ...this.#waiters.countDirections(),
      epollCtlCalls: this.#epoll.ctlCalls,
      epollWaitCalls: this.#epoll.waitCalls,
      events: this.#registrations.accepted,
      staleEvents: this.#registrations.stale,
    };
  }

  begin(waiter: Waiter): Error | undefined {
    const { fd, interest } = waiter;
    if (this.#host.isClosed) return createManagerClosedError();
    if (this.#waiters.has(fd) || (interest & EPOLLPRI) !== 0) return this.#beginWithCare(waiter);
    const errno = this.#registrations.arm(fd, interest);
    if (errno !== 0) return this.#epoll.createError(errno, fd);
    return this.#add(waiter);
  }

  /** Begins to wait for a descriptor that has waiters, or for an event that may come only once. */
  #beginWithCare(waiter: Waiter): Error | undefined {
    const { fd, interest } = waiter;
    this.#endObsolete(fd, interest);
    const taken = this.#waiters.interest(fd) & interest;
    if (taken !== 0) return createBusyError(fd, taken);
    if (this.#host.isClosed) return createManagerClosedError(); // by a program's own signal
    const all = this.#waiters.interest(fd) | interest;
    if ((all & EPOLLPRI) !== 0) this.#pollPriority(fd);
    if (this.#waiters.has(fd)) {
      const errno = this.#registrations.rearm(fd, all);
      if (errno === 0) return this.#add(waiter);
      this.#rejectStale(fd, errno);
    }
    const errno = this.#registrations.arm(fd, interest);
    if (errno === 0) return this.#add(waiter);
    this.#eventSource.drop(fd);
    return this.#epoll.createError(errno, fd);
  }

  abort(waiter: Waiter): void {
    this.#end(waiter);
    this.#host.stopIfIdle();
  }

  expire(waiter: Waiter): void {
    if (!this.#host.isManual && waiter.interest !== 0) this.#host.poll();
    // A manual manager may have received an event that it hasn't processed.
    const received = this.#eventSource.getReceivedFlags(waiter.fd);
    if (this.#end(waiter)) waiter.notify(isReadyFor(waiter.interest, received) ? received : 0);
    this.#host.stopIfIdle();
  }

  setInterest(watch: Watch, interest: number): void {
    const { fd } = watch;
    if (watch.isClosed) throw createWatchClosedError(fd);
    const added = interest & ~watch.interest;
    if ((this.#waiters.interest(fd) & added) !== 0) {
      this.#rearmWatch(watch);
      this.#endObsolete(fd, added);
      const taken = this.#waiters.interest(fd) & added;
      if (taken !== 0) throw createBusyError(fd, taken);
      if (watch.isClosed) throw createWatchClosedError(fd);
    }
    const wasPending = isPending(watch);
    this.#waiters.setInterest(watch, interest);
    if (!wasPending && isPending(watch)) this.#host.onAdded();
    else if (wasPending && !isPending(watch)) this.#host.onRemoved();
    this.#rearmWatch(watch);
    this.#host.stopIfIdle();
  }

  setRef(watch: Watch, isRef: boolean): void {
    if (watch.isRef === isRef) return;
    this.#waiters.setRef(watch, isRef);
    if (isPending(watch)) this.#host.onRefChanged();
  }

  unwatch(watch: Watch): void {
    if (watch.isClosed) return;
    this.#end(watch);
    watch.end();
    this.#host.stopIfIdle();
  }

  /** Ends all waits for `fd`, which is about to be closed. */
  notifyClosing(fd: number): void {
    this.#registrations.remove(fd);
    this.#reject(fd, () => createFdClosingError(fd));
    this.#host.stopIfIdle();
  }

  /** Ends all waits with the errors that `makeError` returns. */
  rejectAll(makeError: () => unknown): void {
    for (const fd of this.#waiters.fds()) this.#reject(fd, makeError);
  }

  /** Notifies the waiters of `fd`, unless the event is of an earlier registration. */
  processEvent(fd: number, generation: number, flags: number): void {
    if (!this.#registrations.acceptEvent(fd, generation)) return;
    const first = this.#waiters.first(fd);
    if (first?.next === undefined) {
      // Nearly always there is one waiter.
      if (first?.isOneshot) {
        this.#remove(first);
        return first.notify(flags);
      }
      first?.notify(flags);
    } else {
      this.#notifyEach(this.#waiters.listFor(fd), flags);
    }
    // Listeners may have armed it already.
    const interest = this.#waiters.interest(fd);
    if (interest !== this.#registrations.armed(fd)) this.#rearm(fd, interest);
    this.#host.stopIfIdle();
  }

  #notifyEach(waiters: readonly Waiter[], flags: number): void {
    for (const waiter of waiters) {
      if (!isReadyFor(waiter.interest, flags)) continue;
      // A listener that was called before may have ended this one.
      if (!waiter.isOneshot || this.#remove(waiter)) waiter.notify(flags);
    }
  }

  /** Makes the kernel report `events` again, which the program has received and not processed. */
  restore(events: EventBuffer): void {
    for (let index = 0; index < events.length; index++) {
      const fd = events.fd(index);
      if (!this.#registrations.matches(fd, events.generation(index))) continue;
      if (this.#rearm(fd)) this.#eventSource.keep(fd, events.flags(index));
    }
  }

  #add(waiter: Waiter): undefined {
    this.#waiters.add(waiter);
    if (isPending(waiter)) this.#host.onAdded();
  }

  /** Removes `waiter`. Returns whether it was there. */
  #remove(waiter: Waiter): boolean {
    if (!this.#waiters.remove(waiter)) return false;
    if (!this.#waiters.has(waiter.fd)) this.#eventSource.drop(waiter.fd);
    this.#host.onRemoved();
    return true;
  }

  /** Removes `waiter`, and arms for the others. Returns whether it was there. */
  #end(waiter: Waiter): boolean {
    if (!this.#remove(waiter)) return false;
    const { fd, interest } = waiter;
    // The kernel polls what is registered. That could consume a report that comes only once.
    if (!this.removeUnused(fd) && interest !== 0) this.#rearm(fd);
    return true;
  }

  /**
   * Ends waiters of `fd` that have directions of `interest` and can't be notified any more: those
   * whose signal has aborted, and all of them if their file is gone.
   */
  #endObsolete(fd: number, interest: number): void {
    if ((this.#waiters.interest(fd) & interest) === 0) return;
    // The listener of a signal that has aborted may not have run yet.
    for (const waiter of this.#waiters.listFor(fd)) waiter.handleEvent();
    if ((this.#waiters.interest(fd) & interest) !== 0) this.#rearm(fd);
  }

  /**
   * Arms for the waiters of `fd`, or ends them if their file is gone. Returns whether it is there.
   */
  #rearm(fd: number, interest: number = this.#waiters.interest(fd)): boolean {
    const errno = this.#tryRearm(fd, interest);
    if (errno !== 0) this.#rejectStale(fd, errno);
    return errno === 0;
  }

  /** Arms for the waiters of `fd`. If their file is gone, ends them, and throws for `watch`. */
  #rearmWatch(watch: Watch): void {
    const { fd } = watch;
    const errno = this.#tryRearm(fd, this.#waiters.interest(fd));
    if (errno === 0) return;
    this.#remove(watch);
    watch.end();
    this.#rejectStale(fd, errno);
    throw this.#epoll.createLostError(errno, fd);
  }

  #tryRearm(fd: number, interest: number): number {
    if ((interest & EPOLLPRI) !== 0) this.#pollPriority(fd);
    return this.#registrations.rearm(fd, interest);
  }

  /**
   * Polls `fd` itself before it is armed for priority, see {@linkcode EventSource.pollPriority}.
   */
  #pollPriority(fd: number): void {
    if (this.#eventSource.pollPriority(fd)) this.#host.onKept();
  }

  /** Removes the registration of `fd` if nothing waits for it. Returns whether that is so. */
  removeUnused(fd: number): boolean {
    if (this.#waiters.has(fd)) return false;
    this.#registrations.remove(fd);
    return true;
  }

  /** Ends all waits for `fd`, because the number refers to another file by now. */
  #rejectStale(fd: number, errno: number): void {
    this.#reject(fd, () => this.#epoll.createLostError(errno, fd));
    this.#host.stopIfIdle();
  }

  #reject(fd: number, makeError: () => unknown): void {
    this.#registrations.disarm(fd);
    for (const waiter of this.#waiters.listFor(fd)) {
      if (this.#remove(waiter)) waiter.reject(makeError());
    }
  }
}
