/** The manager without its public class: its parts, its driver and its end. */

import { createDriver } from "../driver/create_driver.ts";
import type { Driver, DriverClient, DriverSettings } from "../driver/driver.ts";
import { EPOLLET, EPOLLIN } from "../ffi/constants.ts";
import { Epoll, EventBuffer } from "../sys/epoll.ts";
import { aliasesOf } from "../sys/fd_table.ts";
import { Wakeup } from "../wakeup/wakeup.ts";
import { ArmedWaiters } from "./armed_waiters.ts";
import { createManagerClosedError } from "./errors.ts";
import { EventSource } from "./event_source.ts";
import { Registrations, wakeupGeneration } from "./registrations.ts";
import type { EpollStatistics } from "./statistics.ts";
import type { Waiter, WaiterHost } from "./waiter.ts";
import { WakeupWaiters } from "./wakeup_waiters.ts";

/** Lives on for the waits of a manager that the program can no longer reach. */
export class ManagerCore implements DriverClient, WaiterHost {
  readonly wakeup: Wakeup;
  /** The waits and watches of descriptors. */
  readonly waiters: ArmedWaiters;
  readonly wakeupWaiters: WakeupWaiters;
  isClosed = false;
  readonly #epoll: Epoll;
  readonly #eventSource: EventSource;
  readonly #driver: Driver;
  #closing: Promise<void> | undefined;
  #closesWhenIdle = false;

  constructor(settings: DriverSettings) {
    // This refuses runtimes that are too old. They may have no DisposableStack.
    const epoll = this.#epoll = new Epoll();
    const stack = new DisposableStack();
    try {
      stack.use(epoll);
      this.wakeup = stack.use(new Wakeup());
      const registrations = new Registrations(epoll, (fd) => this.#isInternal(fd));
      const eventSource = this.#eventSource = new EventSource(epoll, this.wakeup.fd, registrations);
      this.waiters = new ArmedWaiters({ host: this, epoll, registrations, eventSource });
      this.wakeupWaiters = new WakeupWaiters(this);
      const errno = epoll.add(this.wakeup.fd, EPOLLIN | EPOLLET, wakeupGeneration);
      if (errno !== 0) throw epoll.createError(errno, this.wakeup.fd);
      this.#driver = createDriver(this, settings);
      epoll.observer = this.#driver;
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

  get isManual(): boolean {
    return this.#driver.name === "manual";
  }

  countWaiters(): number {
    return this.waiters.pending + this.wakeupWaiters.pending;
  }

  hasWaiters(): boolean {
    return this.countWaiters() > 0;
  }

  hasKeptEvents(): boolean {
    return this.#eventSource.hasKept;
  }

  hasRefs(): boolean {
    return this.waiters.refs + this.wakeupWaiters.refs > 0;
  }

  /** All waits and watches: by descriptor, then those for a forced wakeup. */
  listWaiters(): Waiter[] {
    return [...this.waiters.list(), ...this.wakeupWaiters.list()];
  }

  statistics(): EpollStatistics {
    return {
      ...this.waiters.statistics(),
      backend: "epoll",
      driver: this.#driver.name,
      wakeups: this.wakeupWaiters.wakeups,
    };
  }

  /** Whether `fd` is one of the manager's own descriptors, which no program may wait for. */
  #isInternal(fd: number): boolean {
    return fd === this.#epoll.fd || fd === this.wakeup.fd || this.#driver.isInternal(fd);
  }

  // Waiters

  onAdded(): void {
    this.#driver.start();
  }

  onKept(): void {
    this.#driver.start();
  }

  onRemoved(): void {
    if (!this.hasRefs() && this.hasWaiters()) this.#driver.updateRef();
  }

  onRefChanged(): void {
    this.#driver.updateRef();
  }

  stopIfIdle(): void {
    if (!this.hasWaiters()) this.#driver.stop();
  }

  /** Ends all waits for `fd`, which is about to be closed. */
  notifyClosing(fd: number): void {
    for (const alias of aliasesOf(fd)) this.notifyClosing(alias);
    if (!this.isClosed) this.waiters.notifyClosing(fd);
  }

  /** Ends all waits, because the driver has failed. */
  fail(error: unknown): void {
    this.#rejectAll(() => error);
  }

  #rejectAll(makeError: () => unknown): void {
    this.waiters.rejectAll(makeError);
    this.wakeupWaiters.rejectAll(makeError);
    this.stopIfIdle();
  }

  // Closing

  /**
   * Ends all waits and closes the descriptors at once. Only threads end later, because an isolate
   * that is being unloaded runs no more code.
   */
  close(): Promise<void> {
    if (!this.isClosed) {
      // Before the rest, because ending the waits may call this again.
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
    this.#rejectAll(createManagerClosedError);
    let driverClosed;
    try {
      driverClosed = this.#driver.close();
    } finally {
      this.wakeup.close();
      this.#epoll[Symbol.dispose]();
    }
    await driverClosed;
  }

  // Events

  /** Processes the present events. Returns how many there were. */
  poll(): number {
    if (this.isClosed) return 0;
    let events;
    try {
      events = this.#eventSource.poll();
    } catch (error) {
      this.fail(error);
      return 0;
    }
    this.processEvents(events);
    return events.length;
  }

  /** Receives events. Blocks for up to `milliseconds`, -1 for no limit. */
  getEvents(milliseconds: number): EventBuffer {
    const unprocessed = this.#eventSource.getUnprocessed();
    if (unprocessed !== undefined) this.waiters.restore(unprocessed);
    return this.#eventSource.receive(milliseconds);
  }

  /** Whether `events` is a list that {@linkcode ManagerCore.getEvents} returned. */
  isOwn(events: unknown): events is EventBuffer {
    return events instanceof EventBuffer && this.#eventSource.isOwn(events);
  }

  /** Notifies the waiters that `events` concern. Does nothing the second time. */
  processEvents(events: EventBuffer): void {
    if (events.state !== "unprocessed") return;
    this.#eventSource.startProcessing(events);
    try {
      for (let index = 0; index < events.length; index++) {
        const generation = events.generation(index);
        if (generation === wakeupGeneration) {
          this.wakeupWaiters.processWakeup();
          continue;
        }
        const fd = events.fd(index);
        this.waiters.processEvent(fd, generation, events.flags(index));
        // It is still armed. The kernel would poll the file, although nothing waits for it.
        if (!events.isReported(index)) this.waiters.removeUnused(fd);
      }
    } finally {
      events.state = "processed";
    }
  }
}
