/** The public class of the manager. */

import { type FdLike, inspectLine, readFdNumber, toFd } from "../ffi/checks.ts";
import { EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../ffi/constants.ts";
import type { EventList } from "../sys/epoll.ts";
import { announceClosing, closeDescriptor } from "../sys/fd_table.ts";
import { closeOnFinalization } from "../sys/finalization.ts";
import type { WakeupHandle } from "../wakeup/handle.ts";
import { createManagerClosedError } from "./errors.ts";
import { ManagerCore } from "./manager_core.ts";
import {
  checkTimeout,
  type EpollIOManagerOptions,
  parseManagerOptions,
  roundUpTimeout,
  type WaitOptions,
  type WaitReadyOptions,
} from "./options.ts";
import type { Interest, Readiness } from "./readiness.ts";
import { startWait, startWaitReady, startWaitWakeup, startWatch } from "./start_waits.ts";
import type { EpollStatistics } from "./statistics.ts";
import { describeWaiters } from "./waiter.ts";
import type { FdWatch } from "./watch.ts";

/** The core of `manager`, which lives on for the waits of a manager that can't be reached. */
export let getCore: (manager: EpollIOManager) => ManagerCore;

/**
 * Waits for any number of descriptors with one epoll instance.
 *
 * Most programs don't need to create a manager: {@linkcode waitReadable} and its siblings use the
 * default one. The documentation of these functions applies to the methods of the same names as
 * well.
 *
 * @example Using a separate manager
 * ```ts
 * import { EpollIOManager, Wakeup } from "@fdready/fdready";
 * import { assertEquals } from "@std/assert";
 *
 * await using manager = new EpollIOManager();
 * using wakeup = new Wakeup();
 * wakeup.wake();
 * await manager.waitReadable(wakeup);
 * assertEquals(wakeup.drain(), 1);
 * ```
 */
export class EpollIOManager implements AsyncDisposable {
  static {
    getCore = (manager) => manager.#core;
  }

  readonly #core: ManagerCore;
  readonly #unregisterFinalizer: () => void;

  /**
   * Opens an epoll instance and an eventfd.
   *
   * @param options The driver that runs the manager, and its settings.
   * @throws {TypeError} If there is no such driver, or `busyPoll` isn't a number.
   * @throws {RangeError} If `busyPoll` is negative or NaN.
   * @throws {SystemError} `EMFILE` or `ENFILE` if no descriptors are left.
   * @throws {UnsupportedPlatformError} If the driver doesn't work here, the platform isn't Linux,
   * the runtime isn't supported, or no usable C library is found.
   */
  constructor(options: EpollIOManagerOptions = {}) {
    const core = new ManagerCore(parseManagerOptions(options));
    this.#core = core;
    this.#unregisterFinalizer = closeOnFinalization(this, { close: () => core.closeWhenIdle() });
  }

  /**
   * Waits until `fd` can be read without blocking, as {@linkcode waitReadable} does.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   * @param options A signal to cancel the wait, and whether it keeps the process alive.
   * @returns A promise that resolves when `fd` is readable.
   */
  waitReadable(fd: FdLike, options?: WaitOptions): Promise<void> {
    return startWait(this.#core.waiters, fd, EPOLLIN, options);
  }

  /**
   * Waits until `fd` can be written without blocking, as {@linkcode waitWritable} does.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   * @param options A signal to cancel the wait, and whether it keeps the process alive.
   * @returns A promise that resolves when `fd` is writable.
   */
  waitWritable(fd: FdLike, options?: WaitOptions): Promise<void> {
    return startWait(this.#core.waiters, fd, EPOLLOUT, options);
  }

  /**
   * Waits for an exceptional condition on `fd`, as {@linkcode waitPriority} does.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   * @param options A signal to cancel the wait, and whether it keeps the process alive.
   * @returns A promise that resolves when the condition occurs.
   */
  waitPriority(fd: FdLike, options?: WaitOptions): Promise<void> {
    return startWait(this.#core.waiters, fd, EPOLLPRI, options);
  }

  /**
   * Waits until the peer of `fd` is gone, or for an error, as {@linkcode waitHangup} does.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   * @param options A signal to cancel the wait, and whether it keeps the process alive.
   * @returns A promise that resolves when the peer is gone, or on an error.
   */
  waitHangup(fd: FdLike, options?: WaitOptions): Promise<void> {
    return startWait(this.#core.waiters, fd, EPOLLRDHUP, options);
  }

  /**
   * Waits until one of several directions is ready, as {@linkcode waitReady} does.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   * @param options The directions, a timeout in ms, a signal, and whether the wait keeps the
   * process alive.
   * @returns A promise that resolves to the ready directions; all `false` after the timeout.
   */
  waitReady(fd: FdLike, options: WaitReadyOptions): Promise<Readiness> {
    return startWaitReady(this.#core.waiters, fd, options);
  }

  /**
   * Calls `listener` whenever a direction in `interest` is ready, as {@linkcode watch} does.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   * @param interest The directions. A watch without any is paused.
   * @param listener Called with the ready directions.
   * @returns The watch.
   */
  watch(fd: FdLike, interest: Interest, listener: (ready: Readiness) => void): FdWatch {
    return startWatch(this.#core.waiters, this, { source: fd, interest, listener });
  }

  /**
   * Ends all waits of this manager for `fd`, and closes it, as {@linkcode closeFd} does.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   */
  closeFd(fd: FdLike): void {
    const descriptor = toFd(fd);
    this.notifyClosing(descriptor);
    closeDescriptor(descriptor);
  }

  /**
   * Ends all waits of this manager for `fd`, as {@linkcode notifyClosing} does.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   */
  notifyClosing(fd: FdLike): void {
    const descriptor = readFdNumber(fd);
    announceClosing(descriptor);
    this.#core.notifyClosing(descriptor);
  }

  /**
   * Waits for the next forced wakeup. Any number of tasks may wait, and one wakeup ends all of
   * these waits. If a wakeup came while nothing waited, the next wait resolves at once.
   *
   * @param options A signal to cancel the wait, and whether it keeps the process alive.
   * @returns A promise that resolves at the wakeup.
   * @throws {ClosedResourceError} If the manager is closed.
   * @throws {TypeError} If an option has a wrong type.
   *
   * @example Waiting for a wakeup
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * await using manager = new EpollIOManager();
   * setTimeout(() => manager.forceWakeup(), 5);
   * await manager.waitWakeup();
   * assertEquals(manager.statistics().wakeups, 1);
   * ```
   */
  waitWakeup(options?: WaitOptions): Promise<void> {
    return startWaitWakeup(this.#core.wakeupWaiters, options);
  }

  /**
   * Ends the waits of {@linkcode EpollIOManager.waitWakeup} and a blocked
   * {@linkcode EpollIOManager.getEvents}. Never blocks. Does nothing after the manager is closed.
   *
   * @example Forcing a wakeup
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * await using manager = new EpollIOManager();
   * const woken = manager.waitWakeup();
   * manager.forceWakeup();
   * await woken;
   * assertEquals(manager.statistics().wakeups, 1);
   * ```
   */
  forceWakeup(): void {
    this.#core.wakeup.wake();
  }

  /**
   * Makes a handle to send to a Worker with `postMessage`. The Worker passes it to
   * {@linkcode openWakeup} to force wakeups here. Using the handle after the manager was closed
   * does no harm.
   *
   * @returns Plain data, the same each time.
   * @throws {ClosedResourceError} If the manager is closed.
   *
   * @example Forcing a wakeup from a Worker
   * ```ts
   * import { EpollIOManager, openWakeup } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * await using manager = new EpollIOManager();
   * const handle = manager.wakeupHandle(); // worker.postMessage(handle)
   *
   * using remote = openWakeup(handle); // in the Worker
   * remote.wake();
   * await manager.waitWakeup();
   * assertEquals(manager.statistics().wakeups, 1);
   * ```
   */
  wakeupHandle(): WakeupHandle {
    this.#throwIfClosed();
    return this.#core.wakeup.handle();
  }

  /**
   * Returns the number of pending waits, and counts of past events.
   *
   * @returns The statistics at this moment.
   *
   * @example Counting events
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * await using manager = new EpollIOManager({ driver: "manual" });
   * const { driver, events } = manager.statistics();
   * assertEquals([driver, events], ["manual", 0]);
   * ```
   */
  statistics(): EpollStatistics {
    return this.#core.statistics();
  }

  /**
   * Describes the manager: its driver, and for each pending wait the file and the directions.
   * `console.log` of a manager prints the same text.
   *
   * @returns Lines of text. Their format may change.
   *
   * @example Finding out what a program waits for
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   * import { assertMatch } from "@std/assert";
   *
   * await using manager = new EpollIOManager({ driver: "manual" });
   * const [fd] = pipe();
   * manager.waitReadable(fd).catch(() => {});
   * assertMatch(manager.inspect(), /^EpollIOManager, driver manual, 1 wait\n {2}fd \d+, pipe:/);
   * ```
   */
  inspect(): string {
    const { isClosed, driver } = this.#core;
    const state = isClosed ? "closed" : `driver ${driver}`;
    return `EpollIOManager, ${state}, ${describeWaiters(this.#core.listWaiters())}`;
  }

  /** Makes `console.log` print the same as {@linkcode EpollIOManager.inspect}. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.inspect();
  }

  /**
   * Blocks this thread until there are events. Requires the driver `"manual"`.
   *
   * A forced wakeup counts as an event, and is returned until it is passed to
   * {@linkcode EpollIOManager.processEvents}.
   *
   * @param timeout The longest time to block, in ms, rounded up. 0 polls, and `Infinity` blocks
   * without a limit.
   * @returns The events. Empty only if the timeout expired or a signal interrupted the wait.
   * @throws {TypeError} If the manager has another driver, or `timeout` isn't a number.
   * @throws {RangeError} If `timeout` is negative or NaN.
   * @throws {ClosedResourceError} If the manager is closed.
   *
   * @example Running a manager in a loop
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * await using manager = new EpollIOManager({ driver: "manual" });
   * manager.forceWakeup();
   * const events = manager.getEvents(100);
   * assertEquals(events.length, 1);
   * manager.processEvents(events);
   * ```
   */
  getEvents(timeout: number): EventList {
    const milliseconds = checkTimeout(timeout);
    this.#requireManual("getEvents");
    return this.#core.getEvents(milliseconds === Infinity ? -1 : roundUpTimeout(milliseconds));
  }

  /**
   * Resolves the waits that `events` make ready, and calls the listeners of watches. Requires the
   * driver `"manual"`.
   *
   * @param events The list that {@linkcode EpollIOManager.getEvents} returned.
   * @throws {TypeError} If the manager has another driver, or `events` isn't a list from its own
   * `getEvents`.
   * @throws {ClosedResourceError} If the manager is closed.
   *
   * @example Processing events
   * ```ts
   * import { EpollIOManager, Wakeup } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * await using manager = new EpollIOManager({ driver: "manual" });
   * using wakeup = new Wakeup();
   * const waiting = manager.waitReadable(wakeup);
   * wakeup.wake();
   * const events = manager.getEvents(Infinity);
   * assertEquals(events.length, 1);
   * manager.processEvents(events);
   * await waiting;
   * ```
   */
  processEvents(events: EventList): void {
    this.#requireManual("processEvents");
    if (!this.#core.isOwn(events)) {
      throw new TypeError(
        `processEvents() requires a list from getEvents() of the same manager, got ${
          inspectLine(events)
        }`,
      );
    }
    this.#core.processEvents(events);
  }

  /**
   * Rejects all waits with {@linkcode ClosedResourceError}, now and later, and closes the manager's
   * descriptors. Idempotent.
   *
   * @returns A promise that resolves when the descriptors are closed.
   *
   * @example Closing a manager with a pending wait
   * ```ts
   * import { ClosedResourceError, EpollIOManager, Wakeup } from "@fdready/fdready";
   * import { assertRejects } from "@std/assert";
   *
   * const manager = new EpollIOManager();
   * using wakeup = new Wakeup();
   * const rejected = assertRejects(() => manager.waitReadable(wakeup), ClosedResourceError);
   * await manager.close();
   * await rejected;
   * ```
   */
  close(): Promise<void> {
    this.#unregisterFinalizer();
    return this.#core.close();
  }

  /** Calls {@linkcode EpollIOManager.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #throwIfClosed(): void {
    if (this.#core.isClosed) throw createManagerClosedError();
  }

  #requireManual(method: string): void {
    this.#throwIfClosed();
    const { driver } = this.#core;
    if (driver === "manual") return;
    throw new TypeError(
      `Cannot call ${method}() with the driver "${driver}", which runs the manager itself. ` +
        'Use the driver "manual"',
    );
  }
}
