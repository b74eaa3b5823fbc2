/*
 * Some facts about epoll, and what they make of this file
 * =======================================================
 *
 * An epoll instance is a dictionary that the kernel keeps. One would expect its keys to be file
 * descriptors, or the open files behind them. They are pairs of both: (fd, open file). The reference
 * to the open file is weak: an entry goes when the *file* goes, which is when its last descriptor is
 * closed, in whatever process. The number alone finds an entry only while it still stands for the
 * same file.
 *
 * From this follow three traps. Say fd 7 is registered, `dup`ed to 8 and closed without a word:
 *
 *  1. The file lives on, and so does the entry (7, file): its events are reported under the number 7.
 *  2. Nobody can remove it. `EPOLL_CTL_DEL` of 7 is `EBADF`, or, once the number has been given
 *     to another file, is about an entry (7, other file).
 *  3. A level-triggered entry that can't be removed makes `epoll_wait` return at once, for ever.
 *
 * Users and their C libraries do such things, a `fork` is enough, so nothing here relies on being
 * told of a close. There are two defences.
 *
 * Every registration is `EPOLLONESHOT`: having been reported once, an entry is dumb until it is armed
 * anew. A stale entry thus costs one needless return from `epoll_wait` and, until the file goes, a
 * few bytes of kernel memory. The price is one `epoll_ctl` for every wait, about a third of a
 * microsecond.
 *
 * And every registration has a generation, which travels in the upper half of `epoll_data`. The
 * kernel takes over the whole of `epoll_data` at each `EPOLL_CTL_MOD`, so an event whose generation
 * isn't the one that was armed last comes from an entry that nobody cares for any more: a file closed
 * behind our back, or a registration changed after the event was harvested. It is counted and
 * dropped, even if its number by now belongs to another file that somebody does wait for. Nothing is
 * lost by that: arming looks at the file's state, so what is still true is reported again.
 *
 * A oneshot entry stays in the dictionary, so that to arm it means `EPOLL_CTL_MOD` if the kernel has
 * it and `EPOLL_CTL_ADD` if not. Which of the two can't be known here, for the reasons above; but the
 * kernel knows. What has been waited for once usually is again, so MOD goes first, and ADD follows
 * if it says `ENOENT`. If that fails too the descriptor is no good, and all who wait for it are told.
 *
 * No wait ever moves to another file. While somebody waits for a number it has an entry, so a MOD on
 * behalf of those who wait that says `ENOENT` tells that the number has become another file's: they
 * are rejected with `EBADF`, and ADD is for newcomers alone. One case is left in which MOD succeeds
 * on the wrong entry: a number that stood for A, for B, and by dup2(2) for A again may have an entry
 * for each. So the entries of a number are counted, and while there may be several, the kernel is
 * asked which ones (proc(5), fdinfo), before and after.
 *
 * `EPOLLERR` and `EPOLLHUP` are reported whether one asks for them or not, and each wakes reader and
 * writer: both will learn from their next call what has happened. `EPOLLPRI` is a direction of its
 * own, and wakes neither.
 *
 * epoll(7), section "Questions and answers", numbers 5 to 7, has the kernel's side of it.
 */

import {
  EBADF,
  ENOENT,
  EPOLLET,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
} from "../ffi/constants.ts";
import type { Driver, Pollable } from "../driver/driver.ts";
import { createDriver } from "../driver/select.ts";
import { noticeRings, rungMeanwhile } from "../driver/uring.ts";
import { fdTarget } from "../ffi/libc.ts";
import { Wakeup } from "../wakeup/wakeup.ts";
import { Epoll, type EventBuffer } from "../ffi/epoll.ts";
import { BusyResourceError, ClosedResourceError } from "./errors.ts";
import { type FdLike, toFd } from "../ffi/fd_like.ts";
import type { EpollIOManagerOptions } from "./options.ts";
import type { EpollStatistics } from "./statistics.ts";
import { eventsOf, Registration } from "./registration.ts";
import { type Direction, Waiter } from "./waiter.ts";

/** Marks the wakeup's events. Generations of registrations start at 1. */
const wakeupGeneration = 0;

/** Who waits for what: all of {@linkcode EpollIOManager} but its public face. */
export class Registry implements Pollable {
  readonly #epoll: Epoll;
  readonly wakeup: Wakeup;
  readonly #driver: Driver;
  /** By fd. They outlive their waiters, since descriptors are usually waited for again. */
  readonly #registrations = new Map<number, Registration>();
  readonly #wakeupWaiters = new Set<Waiter>();
  /** A wakeup has been dispatched while nobody waited for one. */
  #wakeupPending = false;
  /** A wakeup has been harvested that has yet to be dispatched. The kernel doesn't report it again. */
  #wakeupHarvested = false;
  #generation = wakeupGeneration;
  closed = false;
  #closing: Promise<void> | undefined;
  #abandoned = false;
  /** Pending waits. */
  readonly #waiting = { readable: 0, writable: 0, priority: 0 };
  /** What has been dispatched so far. */
  readonly #dispatched = { events: 0, staleEvents: 0, wakeups: 0 };

  constructor({ driver, busyPoll }: Required<EpollIOManagerOptions>) {
    // First, since it says so where this module can't work at all.
    const epoll = new Epoll();
    const opened = new DisposableStack();
    try {
      this.#epoll = opened.use(epoll);
      this.wakeup = opened.use(new Wakeup());
      const refusal = this.#epoll.add(this.wakeup.fd, EPOLLIN | EPOLLET, wakeupGeneration);
      if (refusal !== 0) throw this.#epoll.error(refusal, this.wakeup.fd);
      this.#driver = createDriver(driver, this, busyPoll);
      opened.move();
    } finally {
      opened.dispose();
    }
  }

  /** The epoll descriptor. */
  get fd(): number {
    return this.#epoll.fd;
  }

  get driver(): Driver["name"] {
    return this.#driver.name;
  }

  /** What {@linkcode EpollIOManager.statistics} tells. */
  statistics(): EpollStatistics {
    const { readable, writable, priority } = this.#waiting;
    return {
      tasksWaitingRead: readable,
      tasksWaitingWrite: writable,
      tasksWaitingPriority: priority,
      backend: "epoll",
      driver: this.#driver.name,
      epollCtlCalls: this.#epoll.ctlCalls,
      epollWaitCalls: this.#epoll.waitCalls,
      ...this.#dispatched,
    };
  }

  /** All pending waits, by descriptor and then those for a wakeup. */
  *pending(): Iterable<Waiter> {
    for (const { readable, writable, priority } of this.#registrations.values()) {
      if (readable !== undefined) yield readable;
      if (writable !== undefined) yield writable;
      if (priority !== undefined) yield priority;
    }
    yield* this.#wakeupWaiters;
  }

  waiting(): boolean {
    const { readable, writable, priority } = this.#waiting;
    return readable + writable + priority + this.#wakeupWaiters.size > 0;
  }

  wait(target: FdLike, direction: Direction, signal: AbortSignal | undefined): Promise<void> {
    // All that may run code of the user's comes before the first look at the state.
    const fd = toFd(target);
    const waiter = new Waiter(this, signal, fd, target, direction);
    if (this.#refuses(waiter, signal)) return waiter.promise;
    const registration = this.#registrations.get(fd) ?? new Registration(fd);
    const refusal = this.#include(registration, eventsOf[direction]);
    if (refusal !== 0) {
      waiter.reject(this.#epoll.error(refusal, fd));
    } else if (registration[direction] !== undefined) {
      waiter.reject(
        new BusyResourceError(
          `Another wait for fd ${fd} (${fdTarget(fd) ?? "closed"}, ${direction}) is pending`,
        ),
      );
    } else {
      registration[direction] = waiter;
      this.#waiting[direction]++;
      this.#driver.start();
    }
    return waiter.promise;
  }

  waitWakeup(signal: AbortSignal | undefined): Promise<void> {
    const waiter = new Waiter(this, signal);
    if (this.#refuses(waiter, signal)) return waiter.promise;
    if (this.#wakeupPending) {
      this.#wakeupPending = false;
      waiter.resolve();
    } else {
      this.#wakeupWaiters.add(waiter);
      this.#driver.start();
    }
    return waiter.promise;
  }

  /** The signal of `waiter` has aborted. */
  abort(waiter: Waiter): void {
    const { fd, direction } = waiter;
    const registration = fd === undefined ? undefined : this.#registrations.get(fd);
    if (direction === undefined) {
      this.#wakeupWaiters.delete(waiter);
    } else if (registration?.[direction] === waiter) {
      this.#take(registration, direction);
      this.#rearm(registration);
    }
    this.#stopIfIdle();
  }

  /** Forgets `fd`, since it is being closed. */
  forget(fd: number): void {
    const registration = this.#registrations.get(fd);
    if (registration === undefined || this.closed) return;
    if (this.#epoll.remove(fd) === 0) registration.entries--;
    this.#evict(registration, () => new ClosedResourceError(`fd ${fd} is being closed`));
    this.#stopIfIdle();
  }

  /** Rejects all waiters. */
  fail(error: unknown): void {
    this.#rejectAll(() => error);
  }

  /** Processes what is ready now. */
  poll(): number {
    let events;
    try {
      events = this.#epoll.wait(0);
    } catch (error) {
      this.fail(error);
      return 0;
    }
    this.dispatch(events);
    return events.length;
  }

  /** Waits for events for up to `milliseconds`, -1 without end, for {@linkcode Registry.dispatch}. */
  harvest(milliseconds: number): EventBuffer {
    this.#takeBack(this.#epoll.events);
    const events = this.#waitForEvents(this.#wakeupHarvested ? 0 : milliseconds);
    if (includesWakeup(events)) this.#wakeupHarvested = true;
    else if (this.#wakeupHarvested) events.push(EPOLLIN, this.wakeup.fd, wakeupGeneration);
    return events;
  }

  /** Whether `events` is what {@linkcode Registry.harvest} returns. */
  harvested(events: unknown): events is EventBuffer {
    return events === this.#epoll.events;
  }

  /** Resolves the waiters that `events` concern, unless that has been done before. */
  dispatch(events: EventBuffer): void {
    if (events.dispatched) return;
    events.dispatched = true;
    for (let index = 0; index < events.length; index++) {
      const generation = events.generation(index);
      if (generation === wakeupGeneration) {
        this.#dispatchWakeup();
        continue;
      }
      const registration = this.#registrations.get(events.fd(index));
      if (registration?.generation !== generation || registration.armed === 0) {
        this.#dispatched.staleEvents++;
        continue;
      }
      this.#dispatched.events++;
      this.#dispatchTo(registration, events.events(index));
    }
  }

  /**
   * Closes all descriptors and rejects all waiters, these and later ones. Nothing is left for later
   * but for threads to end, since an isolate that is unloaded doesn't get to it.
   */
  close(): Promise<void> {
    if (!this.closed) {
      this.closed = true;
      this.#closing = this.#close();
    }
    return this.#closing ?? Promise.resolve();
  }

  /** Closes once nobody waits any more: there is no way left to begin a wait. */
  abandon(): void {
    this.#abandoned = true;
    if (!this.waiting()) this.rested();
  }

  rested(): void {
    if (this.#abandoned) this.close();
  }

  async #close(): Promise<void> {
    this.#rejectAll(closedError);
    const driverClosed = this.#driver.close();
    this.wakeup.close();
    this.#epoll[Symbol.dispose]();
    await driverClosed;
  }

  /** Rejects `waiter` if it can't so much as begin to wait. */
  #refuses(waiter: Waiter, signal: AbortSignal | undefined): boolean {
    const aborted = signal?.aborted;
    if (this.closed) waiter.reject(closedError());
    else if (aborted) waiter.reject(signal?.reason);
    else return false;
    return true;
  }

  /**
   * Whether `fd` is a descriptor of ours. A program that waits for it has closed its own, and we were
   * given the number: to arm it would make the wakeup's entry a oneshot one.
   */
  #isInternal(fd: number): boolean {
    return fd === this.#epoll.fd || fd === this.wakeup.fd || this.#driver.isInternal(fd);
  }

  /** Arms `events` besides those that are waited for already. Returns 0 or the errno. */
  #include(registration: Registration, events: number): number {
    const { fd, wanted, entries } = registration;
    if (entries === 0 && this.#isInternal(fd)) return EBADF;
    if (wanted !== 0) {
      const refusal = this.#modify(registration, wanted | events);
      if (refusal === 0) return 0;
      this.#lose(registration, refusal);
    }
    const refusal = this.#modify(registration, events);
    return refusal === ENOENT ? this.#add(registration, events) : refusal;
  }

  /** Arms anew for those who are left. */
  #rearm(registration: Registration): void {
    const refusal = this.#modify(registration, registration.wanted);
    if (refusal !== 0) this.#lose(registration, refusal);
  }

  #add(registration: Registration, events: number): number {
    const { fd } = registration;
    if (this.#isInternal(fd)) return EBADF;
    const generation = this.#nextGeneration();
    const refusal = this.#epoll.add(fd, events | EPOLLONESHOT, generation);
    if (refusal === 0) {
      this.#registrations.set(fd, registration);
      registration.entries++;
      registration.armed = events;
      registration.generation = generation;
    }
    return refusal;
  }

  /** Arms `events`. Returns `ENOENT` if the number is another file's than those wait for who do. */
  #modify(registration: Registration, events: number): number {
    const { fd, generation } = registration;
    const ambiguous = registration.entries > 1 && registration.wanted !== 0;
    if (ambiguous && !this.#has(registration, generation)) return ENOENT;
    const next = this.#nextGeneration();
    const refusal = this.#epoll.modify(fd, events | EPOLLONESHOT, next);
    if (refusal !== 0) return refusal;
    if (ambiguous && !this.#has(registration, next, generation)) return ENOENT;
    registration.armed = events;
    registration.generation = next;
    return 0;
  }

  /**
   * Whether the kernel has an entry of `generation`, and none of `other`, under this number. Where it
   * can't be asked, for want of descriptors, say, no wait must rely on it.
   */
  #has(registration: Registration, generation: number, other?: number): boolean {
    const generations = this.#epoll.generationsOf(registration.fd);
    if (generations === undefined) return false;
    registration.entries = generations.length;
    return generations.includes(generation) && !generations.some((value) => value === other);
  }

  #nextGeneration(): number {
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.#generation === wakeupGeneration) this.#generation++;
    return this.#generation;
  }

  #dispatchTo(registration: Registration, events: number): void {
    registration.armed = 0;
    if (events & ~(EPOLLIN | EPOLLPRI)) this.#take(registration, "writable")?.resolve();
    if (events & ~(EPOLLOUT | EPOLLPRI)) this.#take(registration, "readable")?.resolve();
    if (events & ~(EPOLLIN | EPOLLOUT)) this.#take(registration, "priority")?.resolve();
    if (registration.wanted !== 0) this.#rearm(registration);
  }

  /** Has the kernel report again what it has reported in `events`, if nobody has dispatched that. */
  #takeBack(events: EventBuffer): void {
    if (events.dispatched) return;
    for (let index = 0; index < events.length; index++) {
      const registration = this.#registrations.get(events.fd(index));
      const current = registration?.generation === events.generation(index);
      if (current && registration.armed !== 0) this.#rearm(registration);
    }
  }

  #dispatchWakeup(): void {
    this.#dispatched.wakeups++;
    this.#wakeupHarvested = false;
    this.#wakeupPending = this.#wakeupWaiters.size === 0;
    for (const waiter of this.#wakeupWaiters) waiter.resolve();
    this.#wakeupWaiters.clear();
  }

  /** An interruption that wasn't a signal's doing doesn't end the wait. */
  #waitForEvents(milliseconds: number): EventBuffer {
    // Those that have rung before don't interrupt what comes now.
    if (milliseconds !== 0) noticeRings();
    const started = milliseconds > 0 ? performance.now() : 0;
    for (let left = milliseconds;;) {
      const events = this.#epoll.wait(left);
      if (!this.#epoll.interrupted || !rungMeanwhile()) return events;
      if (left > 0) left = Math.max(0, Math.ceil(started + milliseconds - performance.now()));
    }
  }

  #take(registration: Registration, direction: Direction): Waiter | undefined {
    const waiter = registration[direction];
    if (waiter !== undefined) {
      registration[direction] = undefined;
      this.#waiting[direction]--;
    }
    return waiter;
  }

  /** Those who wait for `registration` wait for a file that its number doesn't stand for any more. */
  #lose(registration: Registration, refusal: number): void {
    this.#evict(registration, () => this.#epoll.lost(refusal, registration.fd));
    this.#stopIfIdle();
  }

  /** Rejects all who wait for `registration`, and forgets it unless the kernel still has an entry. */
  #evict(registration: Registration, reason: () => unknown): void {
    registration.armed = 0;
    if (registration.entries === 0) this.#registrations.delete(registration.fd);
    this.#take(registration, "readable")?.reject(reason());
    this.#take(registration, "writable")?.reject(reason());
    this.#take(registration, "priority")?.reject(reason());
  }

  #rejectAll(reason: () => unknown): void {
    const wakeupWaiters = [...this.#wakeupWaiters];
    this.#wakeupWaiters.clear();
    for (const registration of [...this.#registrations.values()]) this.#evict(registration, reason);
    for (const waiter of wakeupWaiters) waiter.reject(reason());
    this.#stopIfIdle();
  }

  #stopIfIdle(): void {
    if (!this.waiting()) this.#driver.stop();
  }
}

/** Whether a forced wakeup is among `events`. */
function includesWakeup(events: EventBuffer): boolean {
  for (let index = 0; index < events.length; index++) {
    if (events.generation(index) === wakeupGeneration) return true;
  }
  return false;
}

/** The error of a manager that is closed. */
export function closedError(): ClosedResourceError {
  return new ClosedResourceError("The manager is closed");
}
