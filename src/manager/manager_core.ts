/** The manager without its public class: begins, ends and dispatches waits. */

import { createDriver } from "../driver/create_driver.ts";
import type { Driver, DriverClient } from "../driver/driver.ts";
import { EPOLLET, EPOLLIN, EPOLLPRI } from "../ffi/constants.ts";
import { setImmediate } from "../runtime/globals.ts";
import { Epoll, EventBuffer } from "../sys/epoll.ts";
import { aliasesOf } from "../sys/fd_table.ts";
import { Wakeup } from "../wakeup/wakeup.ts";
import {
  createBusyError,
  createClosedError,
  createClosingError,
  createWatchClosedError,
} from "./errors.ts";
import { EventSource } from "./event_source.ts";
import { FdWaiters } from "./fd_waiters.ts";
import type { ManagerSettings } from "./options.ts";
import { isReadyFor } from "./readiness.ts";
import { Registrations, wakeupGeneration } from "./registrations.ts";
import type { EpollStatistics } from "./statistics.ts";
import { isPending, type Waiter, type WaiterOwner } from "./waiter.ts";
import { WakeupWaiters } from "./wakeup_waiters.ts";
import type { Watch, WatchOwner } from "./watch.ts";

/**
 * Connects the kernel side, {@linkcode Registrations}, with the program side, {@linkcode FdWaiters}.
 * It lives on for the waits of a manager that the program can no longer reach.
 */
export class ManagerCore implements DriverClient, WaiterOwner, WatchOwner {
  readonly wakeup: Wakeup;
  isClosed = false;
  readonly #epoll: Epoll;
  readonly #registrations: Registrations;
  readonly #events: EventSource;
  readonly #waiters = new FdWaiters();
  readonly #wakeupWaiters = new WakeupWaiters();
  readonly #driver: Driver;
  #closing: Promise<void> | undefined;
  #closesWhenIdle = false;

  constructor({ driver, busyPoll }: ManagerSettings) {
    // This refuses runtimes that are too old. They may have no DisposableStack.
    this.#epoll = new Epoll();
    const stack = new DisposableStack();
    try {
      stack.use(this.#epoll);
      this.wakeup = stack.use(new Wakeup());
      this.#registrations = new Registrations(this.#epoll, (fd) => this.#isInternal(fd));
      this.#events = new EventSource(this.#epoll, this.wakeup.fd, this.#registrations);
      const errno = this.#epoll.add(this.wakeup.fd, EPOLLIN | EPOLLET, wakeupGeneration);
      if (errno !== 0) throw this.#epoll.error(errno, this.wakeup.fd);
      this.#driver = createDriver(driver, this, busyPoll);
      this.#epoll.observer = this.#driver;
      stack.move();
    } finally {
      stack.dispose();
    }
  }

  /** The epoll descriptor. */
  get fd(): number {
    return this.#epoll.fd;
  }

  get driver(): Driver["name"] {
    return this.#driver.name;
  }

  hasWaiters(): boolean {
    return this.#waiters.pending + this.#wakeupWaiters.pending > 0;
  }

  hasRefs(): boolean {
    return this.#waiters.refs + this.#wakeupWaiters.refs > 0;
  }

  /** All waits and watches: by descriptor, then those for a forced wakeup. */
  waiters(): Waiter[] {
    return [...this.#waiters.all(), ...this.#wakeupWaiters.list()];
  }

  statistics(): EpollStatistics {
    return {
      ...this.#waiters.countDirections(),
      backend: "epoll",
      driver: this.#driver.name,
      epollCtlCalls: this.#epoll.ctlCalls,
      epollWaitCalls: this.#epoll.waitCalls,
      events: this.#registrations.events,
      staleEvents: this.#registrations.staleEvents,
      wakeups: this.#wakeupWaiters.wakeups,
    };
  }

  // Beginning

  /** Begins to wait. Returns the error if that is impossible. */
  begin(waiter: Waiter): Error | undefined {
    const { fd, interest } = waiter;
    if (this.isClosed) return createClosedError();
    if (fd === -1) return this.#beginWakeup(waiter);
    if (this.#waiters.has(fd) || (interest & EPOLLPRI) !== 0) return this.#beginWithCare(waiter);
    const errno = this.#registrations.arm(fd, interest);
    if (errno !== 0) return this.#epoll.error(errno, fd);
    this.#add(waiter);
    return undefined;
  }

  /** Does the same where others wait for the descriptor, or for an event that may come only once. */
  #beginWithCare(waiter: Waiter): Error | undefined {
    const { fd, interest } = waiter;
    const taken = this.#findTaken(fd, interest);
    if (taken !== 0) return createBusyError(fd, taken);
    if (this.isClosed) return createClosedError(); // by a program's own signal
    const others = this.#waiters.interest(fd);
    if (((others | interest) & EPOLLPRI) !== 0) this.#pollPriority(fd);
    if (this.#waiters.has(fd)) {
      const errno = this.#registrations.rearm(fd, others | interest);
      if (errno === 0) return this.#add(waiter);
      this.#rejectStale(fd, errno);
    }
    const errno = this.#registrations.arm(fd, interest);
    if (errno !== 0) return this.#epoll.error(errno, fd);
    return this.#add(waiter);
  }

  /** Begins to wait for a forced wakeup. */
  #beginWakeup(waiter: Waiter): undefined {
    if (this.#wakeupWaiters.takePending()) {
      waiter.notify(EPOLLIN);
    } else {
      this.#wakeupWaiters.add(waiter);
      this.#driver.start();
    }
  }

  #add(waiter: Waiter): undefined {
    this.#waiters.add(waiter);
    if (isPending(waiter)) this.#driver.start();
  }

  /** Whether `fd` is one of the manager's own descriptors, which no program may wait for. */
  #isInternal(fd: number): boolean {
    return fd === this.#epoll.fd || fd === this.wakeup.fd || this.#driver.isInternal(fd);
  }

  /**
   * Returns the directions in `interest` that other waiters of `fd` have. Before, it ends those whose
   * signal has aborted, and all of them if their file is gone.
   */
  #findTaken(fd: number, interest: number): number {
    if ((this.#waiters.interest(fd) & interest) === 0) return 0;
    for (const waiter of this.#waiters.list(fd)) {
      if (waiter.isAborted) waiter.handleEvent();
    }
    const taken = this.#waiters.interest(fd) & interest;
    return taken !== 0 && this.#rearm(fd) ? taken : 0;
  }

  /** Polls `fd` itself before it is armed for priority, see {@linkcode EventSource.pollPriority}. */
  #pollPriority(fd: number): void {
    if (!this.#events.pollPriority(fd) || this.#driver.name === "manual") return;
    setImmediate(() => this.poll());
  }

  // Ending

  /** Ends a wait whose signal has aborted. */
  abort(waiter: Waiter): void {
    if (waiter.fd !== -1) this.#removeAndRearm(waiter);
    else if (this.#wakeupWaiters.remove(waiter)) this.#updateRef();
    this.#stopIfIdle();
  }

  /** Ends a wait whose time is over. Polls before: a busy event loop may have delayed the timer. */
  expire(waiter: Waiter): void {
    if (this.#driver.name !== "manual" && waiter.interest !== 0) this.poll();
    if (this.#removeAndRearm(waiter)) waiter.notify(0);
    this.#stopIfIdle();
  }

  /** Changes the directions of `watch`, and checks that its file is still there. */
  setInterest(watch: Watch, interest: number): void {
    const { fd } = watch;
    if (watch.isClosed) throw createWatchClosedError(fd);
    const added = interest & ~watch.interest;
    if ((this.#waiters.interest(fd) & added) !== 0) {
      this.#rearmWatch(watch);
      const taken = this.#findTaken(fd, added);
      if (taken !== 0) throw createBusyError(fd, taken);
      if (watch.isClosed) throw createWatchClosedError(fd);
    }
    const wasPending = isPending(watch);
    this.#waiters.setInterest(watch, interest);
    if (!wasPending && isPending(watch)) this.#driver.start();
    else this.#updateRef();
    this.#rearmWatch(watch);
    this.#stopIfIdle();
  }

  setRef(watch: Watch, isRef: boolean): void {
    if (watch.isRef === isRef) return;
    this.#waiters.setRef(watch, isRef);
    if (isPending(watch)) this.#driver.updateRef();
  }

  unwatch(watch: Watch): void {
    if (watch.isClosed) return;
    const { fd, interest } = watch;
    this.#remove(watch);
    watch.end();
    // The descriptor is often closed next.
    if (!this.#waiters.has(fd)) this.#forget(fd);
    else if (interest !== 0) this.#rearm(fd);
    this.#stopIfIdle();
  }

  /** Ends all waits for `fd`, which is about to be closed. */
  notifyClosing(fd: number): void {
    for (const alias of aliasesOf(fd)) this.notifyClosing(alias);
    if (this.isClosed) return;
    this.#forget(fd);
    this.#rejectAll(fd, () => createClosingError(fd));
    this.#stopIfIdle();
  }

  /** Ends all waits, because the driver has failed. */
  fail(error: unknown): void {
    this.#rejectEverything(() => error);
  }

  /**
   * Ends all waits and closes the descriptors at once. Only threads end later, because an isolate
   * that is being unloaded runs no more code.
   */
  close(): Promise<void> {
    if (!this.isClosed) {
      this.isClosed = true;
      this.#closing = this.#close();
    }
    return this.#closing ?? Promise.resolve();
  }

  /** Closes once nothing waits, for a manager that the program can no longer reach. */
  closeWhenIdle(): void {
    this.#closesWhenIdle = true;
    if (!this.hasWaiters()) this.onIdle();
  }

  onIdle(): void {
    if (this.#closesWhenIdle) this.close();
  }

  async #close(): Promise<void> {
    this.#rejectEverything(createClosedError);
    let driverClosed;
    try {
      driverClosed = this.#driver.close();
    } finally {
      this.wakeup.close();
      this.#epoll[Symbol.dispose]();
    }
    await driverClosed;
  }

  /** Removes `waiter`. Returns whether it was there. */
  #remove(waiter: Waiter): boolean {
    if (!this.#waiters.remove(waiter)) return false;
    this.#updateRef();
    return true;
  }

  #removeAndRearm(waiter: Waiter): boolean {
    if (!this.#remove(waiter)) return false;
    if (!this.#waiters.has(waiter.fd)) this.#events.drop(waiter.fd);
    if (waiter.interest !== 0) this.#rearm(waiter.fd);
    return true;
  }

  /** Arms again for the waiters of `fd`. Returns whether their file is still there. */
  #rearm(fd: number, interest = this.#waiters.interest(fd)): boolean {
    const errno = this.#tryRearm(fd, interest);
    if (errno !== 0) this.#rejectStale(fd, errno);
    return errno === 0;
  }

  /** Does the same for a change of `watch`, and throws if the file is gone. */
  #rearmWatch(watch: Watch): void {
    const { fd } = watch;
    const errno = this.#tryRearm(fd, this.#waiters.interest(fd));
    if (errno === 0) return;
    this.#remove(watch);
    watch.end();
    this.#rejectStale(fd, errno);
    throw this.#epoll.lost(errno, fd);
  }

  #tryRearm(fd: number, interest: number): number {
    if ((interest & EPOLLPRI) !== 0) this.#pollPriority(fd);
    return this.#registrations.rearm(fd, interest);
  }

  /** Ends all waits for `fd`, because the number refers to another file by now. */
  #rejectStale(fd: number, errno: number): void {
    this.#rejectAll(fd, () => this.#epoll.lost(errno, fd));
    this.#stopIfIdle();
  }

  /** Removes the registration of `fd`. */
  #forget(fd: number): void {
    this.#registrations.remove(fd);
    this.#events.drop(fd);
  }

  #rejectAll(fd: number, makeError: () => unknown): void {
    this.#registrations.disarm(fd);
    this.#events.drop(fd);
    for (const waiter of this.#waiters.list(fd)) {
      if (this.#remove(waiter)) waiter.reject(makeError());
    }
  }

  #rejectEverything(makeError: () => unknown): void {
    const wakeupWaiters = this.#wakeupWaiters.takeAll();
    for (const fd of this.#waiters.fds()) this.#rejectAll(fd, makeError);
    for (const waiter of wakeupWaiters) waiter.reject(makeError());
    this.#stopIfIdle();
  }

  /** Notifies the driver if nothing that still waits keeps the process alive. */
  #updateRef(): void {
    if (!this.hasRefs() && this.hasWaiters()) this.#driver.updateRef();
  }

  #stopIfIdle(): void {
    if (!this.hasWaiters()) this.#driver.stop();
  }

  // Events

  /** Processes the present events. Returns how many there were. */
  poll(): number {
    if (this.isClosed) return 0;
    let events;
    try {
      events = this.#events.poll();
    } catch (error) {
      this.fail(error);
      return 0;
    }
    this.processEvents(events);
    return events.length;
  }

  /** Receives events. Blocks for up to `milliseconds`, -1 for no limit. */
  getEvents(milliseconds: number): EventBuffer {
    this.#rearmUnprocessed();
    return this.#events.receive(milliseconds);
  }

  /** Whether `events` is a list that {@linkcode ManagerCore.getEvents} returned. */
  isOwn(events: unknown): events is EventBuffer {
    return events instanceof EventBuffer && this.#events.isOwn(events);
  }

  /** Notifies the waiters that `events` concern. Does nothing the second time. */
  processEvents(events: EventBuffer): void {
    if (events.state !== "unprocessed") return;
    this.#events.startProcessing(events);
    try {
      for (let index = 0; index < events.length; index++) {
        const generation = events.generation(index);
        if (generation === wakeupGeneration) this.#processWakeup();
        else this.#processEvent(events.fd(index), generation, events.events(index));
      }
    } finally {
      events.state = "processed";
    }
  }

  #processEvent(fd: number, generation: number, events: number): void {
    if (!this.#registrations.acceptEvent(fd, generation)) return;
    const first = this.#waiters.first(fd);
    if (first?.next === undefined) {
      // Nearly always there is one waiter.
      if (first?.isOneshot) {
        this.#remove(first);
        return first.notify(events);
      }
      first?.notify(events);
    } else {
      this.#notifyEach(this.#waiters.list(fd), events);
    }
    // Listeners may have armed it already.
    const interest = this.#waiters.interest(fd);
    if (interest !== this.#registrations.armed(fd)) this.#rearm(fd, interest);
    this.#stopIfIdle();
  }

  #notifyEach(waiters: readonly Waiter[], events: number): void {
    for (const waiter of waiters) {
      if (!isReadyFor(waiter.interest, events)) continue;
      // A listener that was called before may have ended this one.
      if (!waiter.isOneshot || this.#remove(waiter)) waiter.notify(events);
    }
  }

  #processWakeup(): void {
    for (const waiter of this.#wakeupWaiters.takeWoken()) {
      this.#updateRef();
      waiter.notify(EPOLLIN);
    }
  }

  /** Makes the kernel report the events again that the program received and didn't process. */
  #rearmUnprocessed(): void {
    const events = this.#events.unprocessed();
    if (events === undefined) return;
    for (let index = 0; index < events.length; index++) {
      const fd = events.fd(index);
      if (!this.#registrations.matches(fd, events.generation(index))) continue;
      if (this.#rearm(fd)) this.#events.keep(fd, events.events(index));
    }
  }
}
