/** Who waits for what, and how they are told. */

import {
  EBADF,
  ENOENT,
  EPOLLET,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
} from "../ffi/constants.ts";
import { createDriver } from "../driver/create_driver.ts";
import type { Driver, DriverClient } from "../driver/driver.ts";
import { takeUringInterruptions, wasInterruptedByUring } from "../driver/interruptions.ts";
import { describeFd } from "../ffi/errors.ts";
import { type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { aliasesOf } from "../sys/fd_table.ts";
import { Wakeup } from "../wakeup/wakeup.ts";
import { Epoll, EventBuffer } from "../sys/epoll.ts";
import { BusyResourceError, ClosedResourceError } from "./errors.ts";
import {
  checkOptions,
  type EpollIOManagerOptions,
  holds,
  type WaitOptions,
  type WaitReadyOptions,
} from "./options.ts";
import type { EpollStatistics } from "./statistics.ts";
import type { Claim } from "./claim.ts";
import { Entries, wakeupGeneration } from "./entries.ts";
import { eventsOf, type Interest, namesOf, type Readiness, readyOf } from "./readiness.ts";
import type { Registration } from "./registration.ts";
import { ReadyWaiter, Waiter } from "./waiter.ts";
import { type FdWatch, Watch, WatchHandle } from "./watch.ts";

/** Who waits for what: all of {@linkcode EpollIOManager} but its public face. */
export class Registry implements DriverClient {
  readonly #epoll: Epoll;
  readonly wakeup: Wakeup;
  readonly #driver: Driver;
  readonly #entries: Entries;
  readonly #wakeupWaiters = new Set<Waiter>();
  /** A wakeup has been dispatched while nobody waited for one. */
  #wakeupPending = false;
  /** A wakeup has been harvested that has yet to be dispatched. The kernel doesn't report it again. */
  #wakeupHarvested = false;
  closed = false;
  #closing: Promise<void> | undefined;
  #abandoned = false;
  /** Claims and waits for a wakeup, and those of them that keep the process alive. */
  #claims = 0;
  #held = 0;
  #dispatching = false;
  /** What has been dispatched so far. */
  readonly #dispatched = { events: 0, staleEvents: 0, wakeups: 0 };

  constructor({ driver, busyPoll }: Required<EpollIOManagerOptions>) {
    // First, since it says so where this module can't work at all.
    const epoll = new Epoll();
    const opened = new DisposableStack();
    try {
      this.#epoll = opened.use(epoll);
      this.#entries = new Entries(epoll);
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
    const all = this.#entries.all();
    const count = (events: number) => all.filter(({ wanted }) => wanted & events).length;
    return {
      tasksWaitingRead: count(EPOLLIN),
      tasksWaitingWrite: count(EPOLLOUT),
      tasksWaitingPriority: count(EPOLLPRI),
      tasksWaitingHangup: count(EPOLLRDHUP),
      backend: "epoll",
      driver: this.#driver.name,
      epollCtlCalls: this.#epoll.ctlCalls,
      epollWaitCalls: this.#epoll.waitCalls,
      ...this.#dispatched,
    };
  }

  /** All waits and watches, by descriptor, and then the waits for a wakeup. */
  *pending(): Iterable<Claim> {
    for (const registration of this.#entries.all()) {
      yield* registration.claims();
    }
    yield* this.#wakeupWaiters;
  }

  hasWaiters(): boolean {
    return this.#claims > 0;
  }

  hasRefs(): boolean {
    return this.#held > 0;
  }

  /** Waits for one direction. */
  wait(target: FdLike, events: number, options: WaitOptions | undefined): Promise<void> {
    // All that may run code of the user's comes before the first look at the state.
    const fd = toFd(target);
    const given = checkOptions(options);
    const signal = given?.signal;
    const held = holds(given?.ref);
    const registration = this.#entries.registrationOf(fd);
    if (signal === undefined && held && target === fd && registration.first === undefined) {
      const promise = registration.begin(events);
      this.#begin(registration, signal, registration);
      return promise;
    }
    const waiter = new Waiter(this, signal, held, fd, target, events);
    this.#begin(waiter, signal);
    return waiter.promise;
  }

  /** Waits for several directions. */
  waitReady(target: FdLike, options: WaitReadyOptions): Promise<Readiness> {
    const fd = toFd(target);
    const given = checkOptions(options) ?? {};
    const { signal, ref, timeout }: WaitReadyOptions = given;
    const events = eventsOf(given);
    const milliseconds = checkTimeout(timeout);
    if (events === 0 && timeout === undefined) {
      throw new TypeError(
        "waitReady() takes at least one direction, such as readable, or a timeout",
      );
    }
    const waiter = new ReadyWaiter(this, signal, holds(ref), fd, target, events);
    if (this.#begin(waiter, signal) && milliseconds !== Infinity) waiter.start(milliseconds);
    return waiter.promise;
  }

  /** Watches until the watch is closed. */
  watch(
    face: object,
    target: FdLike,
    interest: Interest,
    listener: (ready: Readiness) => void,
  ): FdWatch {
    const fd = toFd(target);
    const watch = new Watch(fd, target, eventsOf(interest), listener);
    if (this.closed) throw closedError();
    const refusal = this.#claim(watch, this.#entries.registrationOf(fd));
    if (refusal !== undefined) throw refusal;
    return new WatchHandle(this, watch, face);
  }

  waitWakeup(options: WaitOptions | undefined): Promise<void> {
    const given = checkOptions(options);
    const signal = given?.signal;
    const waiter = new Waiter(this, signal, holds(given?.ref));
    if (this.#refuses(waiter, signal)) return waiter.promise;
    if (this.#wakeupPending) {
      this.#wakeupPending = false;
      waiter.dispatch();
    } else {
      this.#wakeupWaiters.add(waiter);
      this.#enter(waiter);
    }
    return waiter.promise;
  }

  /** The signal of `claim` has aborted. */
  abort(claim: Claim): void {
    if (claim.fd === -1) {
      if (claim instanceof Waiter && this.#wakeupWaiters.delete(claim)) this.#left(claim);
    } else {
      this.#release(claim);
    }
    this.#stopIfIdle();
  }

  /** The time of `waiter` is over. It is looked once more, since the loop may have been busy until now. */
  expire(waiter: ReadyWaiter): void {
    if (this.#driver.name !== "manual" && waiter.events !== 0) this.poll();
    if (this.#release(waiter)) waiter.dispatch(0);
    this.#stopIfIdle();
  }

  /** The directions of `watch` are `events` from now on. */
  change(watch: Watch, events: number): void {
    const { fd } = watch;
    const registration = this.#entries.get(fd);
    if (watch.closed || registration === undefined) throw closedWatch(fd);
    const added = events & ~watch.events;
    if (registration.wanted & added) {
      this.#rearmFor(watch, registration);
      const taken = this.#taken(registration, added);
      if (taken !== 0) throw this.#busy(fd, taken);
      if (watch.closed) throw closedWatch(fd);
    }
    const before = watch.events;
    registration.alter(watch, events);
    if (before === 0 && events !== 0) this.#enter(watch);
    if (before !== 0 && events === 0) this.#left(watch);
    // What a listener changes is armed after it.
    if (before !== events && !registration.dispatching) this.#rearmFor(watch, registration);
    this.#stopIfIdle();
  }

  /** Whether `watch` keeps the process alive. */
  hold(watch: Watch, held: boolean): void {
    if (watch.held === held) return;
    watch.held = held;
    if (watch.closed || watch.events === 0) return;
    this.#held += held ? 1 : -1;
    this.#driver.updateRef();
  }

  /** Ends `watch`. */
  unwatch(watch: Watch): void {
    const registration = this.#entries.get(watch.fd);
    if (watch.closed || registration === undefined) return;
    watch.closed = true;
    this.#remove(registration, watch);
    // Its descriptor is often closed next.
    if (registration.first === undefined) this.#entries.remove(registration);
    else if (watch.events !== 0 && !registration.dispatching) this.#rearm(registration);
    watch.events = 0;
    this.#stopIfIdle();
  }

  /** Forgets `fd`, since it is being closed. */
  forget(fd: number): void {
    for (const other of aliasesOf(fd)) this.forget(other);
    const registration = this.#entries.get(fd);
    if (registration === undefined || this.closed) return;
    this.#entries.remove(registration);
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
    // A listener that harvests must not overwrite the events that are being dispatched.
    if (this.#dispatching) this.#epoll.renewEvents();
    const events = this.#waitForEvents(this.#wakeupHarvested ? 0 : milliseconds);
    if (includesWakeup(events)) this.#wakeupHarvested = true;
    else if (this.#wakeupHarvested) events.push(EPOLLIN, this.wakeup.fd, wakeupGeneration);
    return events;
  }

  /** Whether `events` is what {@linkcode Registry.harvest} returns. */
  harvested(events: unknown): events is EventBuffer {
    return events instanceof EventBuffer && events.owner === this.#epoll;
  }

  /** Tells those whom `events` concern, unless that has been done before. */
  dispatch(events: EventBuffer): void {
    if (events.dispatched) return;
    events.dispatched = true;
    // A listener that harvests must not be given it once more.
    if (includesWakeup(events)) this.#wakeupHarvested = false;
    const nested = this.#dispatching;
    this.#dispatching = true;
    try {
      for (let index = 0; index < events.length; index++) {
        const generation = events.generation(index);
        if (generation === wakeupGeneration) {
          this.#dispatchWakeup();
          continue;
        }
        const registration = this.#entries.get(events.fd(index));
        if (registration?.generation !== generation || registration.armed === 0) {
          this.#dispatched.staleEvents++;
          continue;
        }
        this.#dispatched.events++;
        this.#dispatchTo(registration, events.events(index));
      }
    } finally {
      this.#dispatching = nested;
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
    if (!this.hasWaiters()) this.onIdle();
  }

  onIdle(): void {
    if (this.#abandoned) this.close();
  }

  async #close(): Promise<void> {
    this.#rejectAll(closedError);
    const driverClosed = this.#driver.close();
    this.wakeup.close();
    this.#epoll[Symbol.dispose]();
    await driverClosed;
  }

  /** Lets `waiter` wait, or rejects it. Returns whether it waits. */
  #begin(
    waiter: Claim,
    signal: AbortSignal | undefined,
    registration: Registration | undefined = undefined,
  ): boolean {
    if (this.#refuses(waiter, signal)) return false;
    const refusal = this.#claim(waiter, registration ?? this.#entries.registrationOf(waiter.fd));
    if (refusal !== undefined) waiter.reject(refusal);
    return refusal === undefined;
  }

  /** Rejects `waiter` if it can't so much as begin to wait. */
  #refuses(waiter: Claim, signal: AbortSignal | undefined): boolean {
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

  /** Lets `claim` have its directions. Returns why it can't. */
  #claim(claim: Claim, registration: Registration): Error | undefined {
    if (registration.wanted & claim.events) return this.#claimTaken(claim, registration);
    const refusal = this.#include(registration, claim.events);
    if (refusal !== 0) return this.#epoll.error(refusal, claim.fd);
    registration.enter(claim);
    if (waits(claim)) this.#enter(claim);
    return undefined;
  }

  /** The same for directions that are taken, if only by claims that are over. */
  #claimTaken(claim: Claim, registration: Registration): Error | undefined {
    const { fd, events } = claim;
    const taken = this.#taken(registration, events);
    if (taken !== 0) return this.#busy(fd, taken);
    return this.closed ? closedError() : this.#claim(claim, this.#entries.registrationOf(fd));
  }

  /** Those of `events` that are taken, and not by waits for a file that the number had before. */
  #taken(registration: Registration, events: number): number {
    // To ask a signal may run the program's code, which may do anything.
    for (const claim of registration.claims()) if (claim.aborted) claim.handleEvent();
    const current = this.#entries.get(registration.fd);
    const taken = (current?.wanted ?? 0) & events;
    return current !== undefined && taken !== 0 && this.#rearm(current) ? taken : 0;
  }

  #busy(fd: number, events: number): BusyResourceError {
    const target = describeFd(fd) ?? "closed";
    return new BusyResourceError(
      `Another wait or watch for fd ${fd} (${target}, ${namesOf(events)}) is pending`,
    );
  }

  /** A claim that waits for something has come. */
  #enter(claim: { readonly held: boolean }): void {
    this.#claims++;
    if (claim.held) this.#held++;
    this.#driver.start();
  }

  /** A claim that waits for something has gone. */
  #left(claim: { readonly held: boolean }): void {
    this.#claims--;
    if (claim.held && --this.#held === 0 && this.#claims > 0) this.#driver.updateRef();
  }

  /** Takes `claim` off; returns whether it was there. */
  #remove(registration: Registration, claim: Claim): boolean {
    if (!registration.leave(claim)) return false;
    if (waits(claim)) this.#left(claim);
    return true;
  }

  /** Takes `claim` off, and arms for the others; returns whether it was there. */
  #release(claim: Claim): boolean {
    const registration = this.#entries.get(claim.fd);
    if (registration === undefined || !this.#remove(registration, claim)) return false;
    const forgotten = this.#entries.forgetUnused(registration);
    if (!forgotten && claim.events !== 0 && !registration.dispatching) this.#rearm(registration);
    return true;
  }

  /** Arms `events` besides those that others wait for. Returns 0 or the errno. */
  #include(registration: Registration, events: number): number {
    const { fd, wanted, entries } = registration;
    if (entries === 0 && this.#isInternal(fd)) return EBADF;
    if (registration.first !== undefined) {
      const refusal = this.#entries.modify(registration, wanted | events);
      if (refusal === 0) return 0;
      this.#lose(registration, refusal);
    }
    const refusal = this.#entries.modify(registration, events);
    if (refusal !== ENOENT) return refusal;
    return this.#isInternal(fd) ? EBADF : this.#entries.add(registration, events);
  }

  /** Arms anew for those who are left. Returns whether their file is still there. */
  #rearm(registration: Registration): boolean {
    const refusal = this.#entries.modify(registration, registration.wanted);
    if (refusal !== 0) this.#lose(registration, refusal);
    return refusal === 0;
  }

  /** Arms anew for `watch`, which has changed, and all others. */
  #rearmFor(watch: Watch, registration: Registration): void {
    const refusal = this.#entries.modify(registration, registration.wanted);
    if (refusal === 0) return;
    // It is told by the error that is thrown.
    this.#remove(registration, watch);
    watch.closed = true;
    watch.events = 0;
    this.#lose(registration, refusal);
    throw this.#epoll.lost(refusal, registration.fd);
  }

  #dispatchTo(registration: Registration, events: number): void {
    registration.armed = 0;
    const { first } = registration;
    if (first?.once && first.next === undefined) {
      // The usual case: there is one, and nobody is left.
      this.#remove(registration, first);
      first.dispatch(readyOf(first.events, events));
      return;
    }
    registration.dispatching = true;
    if (first?.next === undefined) this.#tell(registration, first, events);
    else for (const claim of registration.claims()) this.#tell(registration, claim, events);
    registration.dispatching = false;
    // What listeners have begun meanwhile may have armed it already.
    if (registration.wanted !== registration.armed) this.#rearm(registration);
    this.#stopIfIdle();
  }

  /** Tells `claim` of `events`, unless a listener has ended it just now. */
  #tell(registration: Registration, claim: Claim | undefined, events: number): void {
    if (claim === undefined) return;
    const ready = readyOf(claim.events, events);
    if (ready === 0 || (claim.once && !this.#remove(registration, claim))) return;
    claim.dispatch(ready);
  }

  /** Has the kernel report again what it has reported in `events`, if nobody has dispatched that. */
  #takeBack(events: EventBuffer): void {
    if (events.dispatched) return;
    for (let index = 0; index < events.length; index++) {
      const registration = this.#entries.get(events.fd(index));
      const current = registration?.generation === events.generation(index);
      if (current && registration.armed !== 0) this.#rearm(registration);
    }
  }

  #dispatchWakeup(): void {
    this.#dispatched.wakeups++;
    this.#wakeupPending = this.#wakeupWaiters.size === 0;
    for (const waiter of this.#wakeupWaiters) {
      this.#left(waiter);
      waiter.dispatch();
    }
    this.#wakeupWaiters.clear();
  }

  /** An interruption that wasn't a signal's doing doesn't end the wait. */
  #waitForEvents(milliseconds: number): EventBuffer {
    // Those that have rung before don't interrupt what comes now.
    if (milliseconds !== 0) takeUringInterruptions();
    const started = milliseconds > 0 ? performance.now() : 0;
    for (let left = milliseconds;;) {
      const events = this.#epoll.wait(left);
      if (!this.#epoll.interrupted || !wasInterruptedByUring()) return events;
      if (left > 0) left = Math.max(0, Math.ceil(started + milliseconds - performance.now()));
    }
  }

  /** Those who wait for `registration` wait for a file that its number doesn't stand for any more. */
  #lose(registration: Registration, refusal: number): void {
    this.#evict(registration, () => this.#epoll.lost(refusal, registration.fd));
    this.#stopIfIdle();
  }

  /** Rejects all who wait for `registration`, and forgets it unless the kernel still has an entry. */
  #evict(registration: Registration, reason: () => unknown): void {
    registration.armed = 0;
    for (const claim of registration.claims()) {
      this.#remove(registration, claim);
      claim.reject(reason());
    }
    this.#entries.forgetUnused(registration);
  }

  #rejectAll(reason: () => unknown): void {
    const wakeupWaiters = [...this.#wakeupWaiters];
    this.#wakeupWaiters.clear();
    for (const registration of this.#entries.all()) this.#evict(registration, reason);
    for (const waiter of wakeupWaiters) {
      this.#left(waiter);
      waiter.reject(reason());
    }
    this.#stopIfIdle();
  }

  #stopIfIdle(): void {
    if (!this.hasWaiters()) this.#driver.stop();
  }
}

/** Whether `claim` is waiting: a watch that is paused isn't. */
function waits({ once, events }: Claim): boolean {
  return once || events !== 0;
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

function closedWatch(fd: number): ClosedResourceError {
  return new ClosedResourceError(`The watch of fd ${fd} is closed`);
}

/** A timeout in ms, `Infinity` for none. */
function checkTimeout(timeout: number | undefined): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout === "number" && timeout >= 0) return timeout;
  const ErrorClass = typeof timeout === "number" ? RangeError : TypeError;
  throw new ErrorClass(`The timeout must be 0 ms or more, got ${inspectLine(timeout)}`);
}
