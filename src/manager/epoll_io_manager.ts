/** The public face of the manager. What it does, and why, is in `manager.ts`. */

import { inspect } from "node:util";
import type { Driver } from "../driver/driver.ts";
import { createDriver } from "../driver/select.ts";
import type { WakeupHandle } from "../wakeup/handle.ts";
import { ClosedResourceError } from "./errors.ts";
import { EventBuffer, type EventList } from "./event_list.ts";
import { type FdLike, numberOf, toFd } from "./fd_like.ts";
import type { Direction } from "./interest.ts";
import { describe } from "./describe.ts";
import { includesWakeup, Manager } from "./manager.ts";
import { type EpollIOManagerOptions, validated } from "./options.ts";
import type { EpollStatistics } from "./statistics.ts";

/** How a wait can be cut short. */
export interface WaitOptions {
  /** Ends the wait when it aborts; the wait then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Lets any number of tasks wait for the readiness of file descriptors, by one epoll instance.
 *
 * Most programs need no manager of their own: {@linkcode waitReadable} and its siblings use the
 * isolate's default one.
 *
 * @example A manager of one's own
 * ```ts
 * import { EpollIOManager, Wakeup } from "@fdready/fdready";
 *
 * await using manager = new EpollIOManager();
 * using wakeup = new Wakeup();
 * wakeup.wake();
 * await manager.waitReadable(wakeup);
 * ```
 */
export class EpollIOManager implements AsyncDisposable {
  readonly #manager: Manager;
  readonly #driver: Driver;
  /** `getEvents` has reported a wakeup that `processEvents` hasn't seen yet. */
  #wakeupHarvested = false;
  #closed: Promise<void> | undefined;

  /**
   * Opens an epoll instance and an eventfd.
   *
   * @param options Which driver runs the manager, and how.
   * @throws {TypeError} If there is no such driver, or `busyPoll` is no number.
   * @throws {RangeError} If `busyPoll` is negative or NaN.
   * @throws {SystemError} `EMFILE` or `ENFILE`, if there are no descriptors left.
   * @throws {UnsupportedPlatformError} Where this module can't work.
   */
  constructor(options: EpollIOManagerOptions = {}) {
    const { driver, busyPoll } = validated(options);
    this.#manager = new Manager({
      start: () => this.#driver.start(),
      stop: () => this.#driver.stop(),
      owns: (fd) => this.#driver.owns(fd),
    });
    try {
      this.#driver = createDriver(driver, {
        fd: this.#manager.epoll.fd,
        waiting: () => this.#manager.waiters > 0,
        poll: () => this.#poll(),
        sleeping: () => this.#manager.rest(),
        fail: (error) => this.#manager.rejectAll(() => error),
      }, busyPoll);
    } catch (error) {
      this.#manager[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Waits until `fd` can be read without blocking, is at its end, or has failed.
   *
   * To resolve is a hint: read, and if that says `EAGAIN`, wait again. A wait that is aborted loses
   * neither data nor the readiness for a later wait.
   *
   * @param fd The descriptor, or what has one.
   * @param options A signal that can end the wait.
   * @returns What resolves once `fd` is readable.
   * @throws {BusyResourceError} If another wait for `fd` to be readable is pending.
   * @throws {ClosedResourceError} On {@linkcode EpollIOManager.notifyClosing}, or if the manager is
   * closed.
   * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
   * `ENOSPC` at the user's limit on registrations.
   * @throws {TypeError} If `fd` is no descriptor.
   *
   * @example
   * ```ts
   * import { EpollIOManager, Wakeup } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager();
   * using timer = new Wakeup();
   * setTimeout(() => timer.wake(), 5);
   * await manager.waitReadable(timer, { signal: AbortSignal.timeout(1000) });
   * ```
   */
  waitReadable(fd: FdLike, options?: WaitOptions): Promise<void> {
    return this.#wait(fd, "readable", options);
  }

  /**
   * Waits until `fd` can be written without blocking, or has failed.
   *
   * Everything said of {@linkcode EpollIOManager.waitReadable} holds here too.
   *
   * @param fd The descriptor, or what has one.
   * @param options A signal that can end the wait.
   * @returns What resolves once `fd` is writable.
   * @throws {BusyResourceError} If another wait for `fd` to be writable is pending.
   * @throws {ClosedResourceError} As for `waitReadable`.
   * @throws {SystemError} As for `waitReadable`.
   * @throws {TypeError} If `fd` is no descriptor.
   *
   * @example
   * ```ts
   * import { EpollIOManager, Wakeup } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager();
   * using wakeup = new Wakeup();
   * await manager.waitWritable(wakeup.fd);
   * ```
   */
  waitWritable(fd: FdLike, options?: WaitOptions): Promise<void> {
    return this.#wait(fd, "writable", options);
  }

  /**
   * Waits for an exceptional condition on `fd` (`EPOLLPRI`): out-of-band data on a TCP socket, a
   * packet-mode change on a pseudo-terminal, an edge on a GPIO `value` file.
   *
   * Everything said of {@linkcode EpollIOManager.waitReadable} holds here too.
   *
   * @param fd The descriptor, or what has one.
   * @param options A signal that can end the wait.
   * @returns What resolves once there is one.
   * @throws {BusyResourceError} If another such wait for `fd` is pending.
   * @throws {ClosedResourceError} As for `waitReadable`.
   * @throws {SystemError} As for `waitReadable`.
   * @throws {TypeError} If `fd` is no descriptor.
   *
   * @example
   * ```ts
   * import { EpollIOManager, Wakeup } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager();
   * using wakeup = new Wakeup(); // never has one
   * const signal = AbortSignal.timeout(5);
   * await manager.waitPriority(wakeup, { signal }).catch((error) => console.log(error.name));
   * ```
   */
  waitPriority(fd: FdLike, options?: WaitOptions): Promise<void> {
    return this.#wait(fd, "priority", options);
  }

  /**
   * Waits for the next forced wakeup. One that has come while nobody waited is not lost: the next
   * wait resolves by it. Any number of tasks may wait; one wakeup resumes them all.
   *
   * @param options A signal that can end the wait.
   * @returns What resolves at the wakeup.
   * @throws {ClosedResourceError} If the manager is closed.
   *
   * @example
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager();
   * setTimeout(() => manager.forceWakeup(), 5);
   * await manager.waitWakeup();
   * ```
   */
  waitWakeup(options?: WaitOptions): Promise<void> {
    try {
      this.#throwIfClosed();
      return this.#manager.waitWakeup(options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Announces that `fd` is about to be closed: whoever waits for it gets a
   * {@linkcode ClosedResourceError}, and the kernel forgets it. Call it before the close. A descriptor
   * closed without it does no harm, but its waiters may wait for ever.
   *
   * @param fd The descriptor, or what has one. Nothing happens if nobody has waited for it.
   * @throws {TypeError} If `fd` is neither a number nor an object that has one.
   *
   * @example
   * ```ts
   * import { ClosedResourceError, EpollIOManager, Wakeup } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager();
   * using wakeup = new Wakeup();
   * const waiting = manager.waitReadable(wakeup);
   * manager.notifyClosing(wakeup);
   * await waiting.catch((error) => console.log(error instanceof ClosedResourceError)); // true
   * ```
   */
  notifyClosing(fd: FdLike): void {
    const number = numberOf(fd);
    this.#manager.forget(
      number,
      () => new ClosedResourceError(`fd ${number} is being closed`),
    );
  }

  /**
   * Resumes whoever is in {@linkcode EpollIOManager.waitWakeup} or blocked in
   * {@linkcode EpollIOManager.getEvents}. Never blocks; does nothing once the manager is closed.
   *
   * @example
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager();
   * const woken = manager.waitWakeup();
   * manager.forceWakeup();
   * await woken;
   * ```
   */
  forceWakeup(): void {
    this.#manager.wakeup.wake();
  }

  /**
   * Something to send to a Worker by `postMessage`, for {@linkcode openWakeup} there, so that it can
   * force wakeups here. Using it after the manager has closed is harmless.
   *
   * @returns Plain data, the same each time.
   * @throws {ClosedResourceError} If the manager is closed.
   *
   * @example
   * ```ts
   * import { EpollIOManager, openWakeup } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager();
   * const handle = manager.wakeupHandle(); // worker.postMessage(handle)
   *
   * using remote = openWakeup(handle); // in the Worker
   * remote.wake();
   * await manager.waitWakeup();
   * ```
   */
  wakeupHandle(): WakeupHandle {
    this.#throwIfClosed();
    return this.#manager.wakeup.handle();
  }

  /**
   * Who waits, and what has happened so far.
   *
   * @returns The figures as they are now; later calls return others.
   *
   * @example
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager();
   * const { driver, events } = manager.statistics();
   * console.log(driver, events); // uring 0
   * ```
   */
  statistics(): EpollStatistics {
    const { epoll, waiting, dispatched } = this.#manager;
    return {
      tasksWaitingRead: waiting.readable,
      tasksWaitingWrite: waiting.writable,
      tasksWaitingPriority: waiting.priority,
      backend: "epoll",
      driver: this.#driver.name,
      epollCtlCalls: epoll.ctlCalls,
      epollWaitCalls: epoll.waitCalls,
      ...dispatched,
    };
  }

  /**
   * Describes the manager for people: its driver, and each pending wait with what its descriptor
   * stands for, the direction, and for how long it has been pending. `console.log` of a manager
   * prints the same.
   *
   * @returns Some lines of text, whose form may change.
   *
   * @example
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   *
   * await using manager = new EpollIOManager();
   * const [fd] = pipe();
   * manager.waitReadable(fd).catch(() => {});
   * console.log(manager.inspect());
   * // EpollIOManager, driver uring, 1 wait
   * //   fd 12, pipe:[40269], readable, since just now
   * ```
   */
  inspect(): string {
    const state = this.#closed === undefined ? `driver ${this.#driver.name}` : "closed";
    return describe(state, this.#manager.pending());
  }

  /** For `Deno.inspect` and `console.log` in Deno. */
  [Symbol.for("Deno.customInspect")](): string {
    return this.inspect();
  }

  /** For `util.inspect` and `console.log` in Bun. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.inspect();
  }

  /**
   * Blocks this thread until there are events. For driver `"manual"` only.
   *
   * A forced wakeup counts as an event, and is reported until {@linkcode processEvents} gets it.
   *
   * @param timeout For how long at most, in ms, rounded up. 0 polls, `Infinity` blocks without end.
   * @returns The events. Empty only if the timeout expired or a signal cut the wait short.
   * @throws {TypeError} If the manager has another driver.
   * @throws {RangeError} If `timeout` is negative or NaN.
   * @throws {ClosedResourceError} If the manager is closed.
   *
   * @example A loop of one's own
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager({ driver: "manual" });
   * manager.forceWakeup();
   * const events = manager.getEvents(100);
   * console.log(events.length); // 1
   * manager.processEvents(events);
   * ```
   */
  getEvents(timeout: number): EventList {
    this.#throwIfClosed();
    this.#requireManual("getEvents");
    const milliseconds = toMilliseconds(timeout);
    if (milliseconds !== 0) this.#manager.rest();
    const events = this.#manager.epoll.wait(this.#wakeupHarvested ? 0 : milliseconds);
    if (includesWakeup(events)) {
      this.#wakeupHarvested = true;
    } else if (this.#wakeupHarvested) {
      this.#manager.repeatWakeup(events);
    }
    return events;
  }

  /**
   * Resumes the waiters that `events` concern. For driver `"manual"` only.
   *
   * @param events What {@linkcode EpollIOManager.getEvents} returned.
   * @throws {TypeError} If the manager has another driver, or `events` isn't such a list.
   * @throws {ClosedResourceError} If the manager is closed.
   *
   * @example
   * ```ts
   * import { EpollIOManager, Wakeup } from "@fdready/fdready";
   *
   * await using manager = new EpollIOManager({ driver: "manual" });
   * using wakeup = new Wakeup();
   * const waiting = manager.waitReadable(wakeup);
   * wakeup.wake();
   * manager.processEvents(manager.getEvents(Infinity));
   * await waiting;
   * ```
   */
  processEvents(events: EventList): void {
    this.#throwIfClosed();
    this.#requireManual("processEvents");
    if (!(events instanceof EventBuffer)) {
      throw new TypeError(
        `processEvents() takes what getEvents() returned, got ${inspect(events)}`,
      );
    }
    if (this.#wakeupHarvested && includesWakeup(events)) this.#wakeupHarvested = false;
    this.#manager.dispatch(events);
  }

  /**
   * Rejects all waits with {@linkcode ClosedResourceError}, these and later ones, and closes the
   * manager's descriptors. Idempotent.
   *
   * @returns What resolves when the descriptors are closed.
   *
   * @example
   * ```ts
   * import { EpollIOManager, Wakeup } from "@fdready/fdready";
   *
   * const manager = new EpollIOManager();
   * using wakeup = new Wakeup();
   * const waiting = manager.waitReadable(wakeup);
   * const closed = manager.close();
   * await waiting.catch((error) => console.log(error.name)); // ClosedResourceError
   * await closed;
   * ```
   */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  /** Does what {@linkcode EpollIOManager.close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#manager.rejectAll(closedError);
    try {
      await this.#driver.close();
    } finally {
      this.#manager[Symbol.dispose]();
    }
  }

  #wait(fd: FdLike, direction: Direction, options?: WaitOptions): Promise<void> {
    try {
      this.#throwIfClosed();
      return this.#manager.wait(toFd(fd), direction, options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #poll(): number {
    let events;
    try {
      events = this.#manager.epoll.wait(0);
    } catch (error) {
      this.#manager.rejectAll(() => error);
      return 0;
    }
    this.#manager.dispatch(events);
    return events.length;
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw closedError();
  }

  #requireManual(method: string): void {
    if (this.#driver.name === "manual") return;
    throw new TypeError(
      `${method}() is for driver "manual"; the driver "${this.#driver.name}" calls it by itself`,
    );
  }
}

function closedError(): ClosedResourceError {
  return new ClosedResourceError("The manager is closed");
}

/** The longest timeout that the kernel takes, in ms: about 25 days. */
const maxTimeout = 0x7fff_ffff;

function toMilliseconds(timeout: number): number {
  if (typeof timeout !== "number" || !(timeout >= 0)) {
    throw new RangeError(`A timeout is 0 ms or more, got ${inspect(timeout)}`);
  }
  return timeout === Infinity ? -1 : Math.min(Math.ceil(timeout), maxTimeout);
}
