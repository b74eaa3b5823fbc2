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
 * `EPOLLERR` and `EPOLLHUP` are reported whether one asks for them or not, and each wakes reader and
 * writer: both will learn from their next call what has happened. `EPOLLPRI` is a direction of its
 * own, and wakes neither.
 *
 * epoll(7), section "Questions and answers", numbers 5 to 7, has the kernel's side of it.
 */

import { EBADF, EPOLLET, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLPRI } from "../ffi/constants.ts";
import { fdTarget } from "../ffi/libc.ts";
import { Wakeup } from "../wakeup/wakeup.ts";
import { Epoll } from "./epoll.ts";
import { BusyResourceError } from "./errors.ts";
import type { EventBuffer } from "./event_list.ts";
import { type Direction, Interest } from "./interest.ts";
import { type Since, Waiter } from "./waiter.ts";

/** Marks the wakeup's events. Generations of interests start at 1. */
const wakeupGeneration = 0;

/** Told when there is something to wait for, and when there is nothing any more. */
export interface Activity {
  start(): void;
  stop(): void;
  /** Whether `fd` is a descriptor that whoever polls has opened. */
  owns(fd: number): boolean;
}

/**
 * Who waits for what: the whole of {@linkcode EpollIOManager} but for its public face and the
 * question of who polls. Methods throw, nothing here is asynchronous.
 */
export class Manager implements Disposable {
  readonly epoll: Epoll;
  readonly wakeup: Wakeup;
  readonly #activity: Activity;
  /** By fd. An interest outlives its waiters, since descriptors are usually waited for again. */
  readonly #interests = new Map<number, Interest>();
  readonly #wakeupWaiters = new Set<Waiter>();
  readonly #waiterOwner = { abort: (waiter: Waiter): void => this.#abandon(waiter) };
  #since: Since = { time: undefined };
  /** A wakeup has been dispatched while nobody waited for one. */
  #wakeupPending = false;
  #generation = wakeupGeneration;
  /** Pending waits. */
  readonly waiting = { readable: 0, writable: 0, priority: 0 };
  /** What has been dispatched so far. */
  readonly dispatched = { events: 0, staleEvents: 0, wakeups: 0 };

  constructor(activity: Activity) {
    this.#activity = activity;
    this.epoll = new Epoll();
    let wakeup: Wakeup | undefined;
    try {
      wakeup = new Wakeup();
      const refusal = this.epoll.add(wakeup.fd, EPOLLIN | EPOLLET, wakeupGeneration);
      if (refusal !== 0) throw this.epoll.error(refusal, wakeup.fd);
    } catch (error) {
      wakeup?.close();
      this.epoll[Symbol.dispose]();
      throw error;
    }
    this.wakeup = wakeup;
  }

  /** How many wait, for descriptors and wakeups together. */
  get waiters(): number {
    const { readable, writable, priority } = this.waiting;
    return readable + writable + priority + this.#wakeupWaiters.size;
  }

  wait(fd: number, direction: Direction, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const interest = this.#interestIn(fd);
    if (interest[direction] !== undefined) {
      throw new BusyResourceError(
        `Another wait for fd ${fd} (${fdTarget(fd) ?? "closed"}, ${direction}) is pending`,
      );
    }
    const waiter = new Waiter(this.#waiterOwner, interest, direction, signal, this.#since);
    interest[direction] = waiter;
    this.waiting[direction]++;
    this.#arm(interest);
    if (interest[direction] === waiter) this.#activity.start();
    return waiter.promise;
  }

  waitWakeup(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#wakeupPending) {
      this.#wakeupPending = false;
      return Promise.resolve();
    }
    const waiter = new Waiter(this.#waiterOwner, undefined, undefined, signal, this.#since);
    this.#wakeupWaiters.add(waiter);
    this.#activity.start();
    return waiter.promise;
  }

  /** Forgets `fd`, rejecting its waiters with what `reason` makes. */
  forget(fd: number, reason: () => unknown): void {
    const interest = this.#interests.get(fd);
    if (interest === undefined) return;
    this.#interests.delete(fd);
    this.epoll.remove(fd);
    this.#reject(interest, reason);
    this.#stopIfIdle();
  }

  /** Rejects all waiters with what `reason` makes. */
  rejectAll(reason: () => unknown): void {
    const interests = [...this.#interests.values()];
    const wakeupWaiters = [...this.#wakeupWaiters];
    this.#interests.clear();
    this.#wakeupWaiters.clear();
    for (const interest of interests) this.#reject(interest, reason);
    for (const waiter of wakeupWaiters) waiter.reject(reason());
    this.#stopIfIdle();
  }

  /** Resolves the waiters that `events` concern. */
  dispatch(events: EventBuffer): void {
    for (let index = 0; index < events.length; index++) {
      const generation = events.generation(index);
      if (generation === wakeupGeneration) {
        this.#dispatchWakeup();
        continue;
      }
      const interest = this.#interests.get(events.fd(index));
      if (interest?.generation !== generation || interest.armed === 0) {
        this.dispatched.staleEvents++;
        continue;
      }
      this.dispatched.events++;
      this.#dispatchTo(interest, events.events(index));
    }
  }

  /** Adds to `events` the wakeup that the kernel, having reported it, doesn't report again. */
  repeatWakeup(events: EventBuffer): void {
    events.push(EPOLLIN, this.wakeup.fd, wakeupGeneration);
  }

  /** Takes down the time from which those wait who have come since the last time. */
  rest(): void {
    this.#since.time = performance.now();
    this.#since = { time: undefined };
  }

  /** All pending waits, by descriptor and then those for a wakeup. */
  *pending(): Iterable<Waiter> {
    for (const { readable, writable, priority } of this.#interests.values()) {
      if (readable !== undefined) yield readable;
      if (writable !== undefined) yield writable;
      if (priority !== undefined) yield priority;
    }
    yield* this.#wakeupWaiters;
  }

  /** Closes the descriptors. Whoever still waits waits in vain: see {@linkcode rejectAll}. */
  [Symbol.dispose](): void {
    this.wakeup.close();
    this.epoll[Symbol.dispose]();
  }

  #interestIn(fd: number): Interest {
    let interest = this.#interests.get(fd);
    if (interest === undefined) {
      if (this.#owns(fd)) throw this.epoll.error(EBADF, fd);
      interest = new Interest(fd);
      this.#interests.set(fd, interest);
    }
    return interest;
  }

  /**
   * Whether `fd` is a descriptor of ours. Whoever waits for that has closed his own, and we were given
   * the number: to arm it would make the wakeup's registration a oneshot one.
   */
  #owns(fd: number): boolean {
    return fd === this.epoll.fd || fd === this.wakeup.fd || this.#activity.owns(fd);
  }

  /** Tells the kernel what the waiters of `interest` want, if it doesn't know. */
  #arm(interest: Interest): void {
    const { fd, wanted } = interest;
    if (wanted === interest.armed) return;
    const generation = this.#nextGeneration();
    const refusal = wanted === 0
      ? this.epoll.modify(fd, EPOLLONESHOT, generation)
      : this.epoll.modifyOrAdd(fd, wanted | EPOLLONESHOT, generation);
    interest.armed = wanted;
    interest.generation = generation;
    if (refusal !== 0) {
      this.#interests.delete(fd);
      this.#reject(interest, () => this.epoll.error(refusal, fd));
      this.#stopIfIdle();
    }
  }

  #nextGeneration(): number {
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.#generation === wakeupGeneration) this.#generation++;
    return this.#generation;
  }

  #dispatchTo(interest: Interest, events: number): void {
    interest.armed = 0;
    if (events & ~(EPOLLIN | EPOLLPRI)) this.#take(interest, "writable")?.resolve();
    if (events & ~(EPOLLOUT | EPOLLPRI)) this.#take(interest, "readable")?.resolve();
    if (events & ~(EPOLLIN | EPOLLOUT)) this.#take(interest, "priority")?.resolve();
    this.#arm(interest);
  }

  #dispatchWakeup(): void {
    this.dispatched.wakeups++;
    this.#wakeupPending = this.#wakeupWaiters.size === 0;
    for (const waiter of this.#wakeupWaiters) waiter.resolve();
    this.#wakeupWaiters.clear();
  }

  /** The waiter's signal has aborted. */
  #abandon(waiter: Waiter): void {
    const { interest, direction } = waiter;
    if (interest === undefined || direction === undefined) {
      this.#wakeupWaiters.delete(waiter);
    } else {
      this.#take(interest, direction);
      this.#arm(interest);
    }
    this.#stopIfIdle();
  }

  #take(interest: Interest, direction: Direction): Waiter | undefined {
    const waiter = interest[direction];
    if (waiter !== undefined) {
      interest[direction] = undefined;
      this.waiting[direction]--;
    }
    return waiter;
  }

  #reject(interest: Interest, reason: () => unknown): void {
    this.#take(interest, "readable")?.reject(reason());
    this.#take(interest, "writable")?.reject(reason());
    this.#take(interest, "priority")?.reject(reason());
  }

  #stopIfIdle(): void {
    if (this.waiters === 0) this.#activity.stop();
  }
}

/** Whether a forced wakeup is among `events`. */
export function includesWakeup(events: EventBuffer): boolean {
  for (let index = 0; index < events.length; index++) {
    if (events.generation(index) === wakeupGeneration) return true;
  }
  return false;
}
