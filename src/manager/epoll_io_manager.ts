/** The public face of the manager. What it does is in `registry.ts`, and why in `entries.ts`. */

import { closeDescriptor } from "../sys/fd_table.ts";
import { EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../ffi/constants.ts";
import { closeOnFinalization } from "../sys/finalization.ts";
import type { WakeupHandle } from "../wakeup/handle.ts";
import { describe } from "./describe.ts";
import type { EventList } from "../sys/epoll.ts";
import { type FdLike, inspectLine, readFdNumber, toFd } from "../ffi/checks.ts";
import {
  type EpollIOManagerOptions,
  validated,
  type WaitOptions,
  type WaitReadyOptions,
  wholeMilliseconds,
} from "./options.ts";
import { closedError, Registry } from "./registry.ts";
import type { Interest, Readiness } from "./readiness.ts";
import type { FdWatch } from "./watch.ts";
import type { EpollStatistics } from "./statistics.ts";

/** What goes on for the waits of a manager that the program has dropped. */
export let registryOf: (manager: EpollIOManager) => Registry;

/**
 * Lets any number of tasks wait for the readiness of file descriptors, by one epoll instance.
 *
 * Most programs need no manager of their own: {@linkcode waitReadable} and its siblings use the
 * isolate's default one.
 *
 * @example A manager of your own
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
  static {
    registryOf = (manager) => manager.#registry;
  }

  readonly #registry: Registry;
  /** Tells the garbage collector's callback that this manager was closed. */
  readonly #keep: () => void;

  /**
   * Opens an epoll instance and an eventfd.
   *
   * @param options Which driver runs the manager, and how.
   * @throws {TypeError} If there is no such driver, or `busyPoll` isn't a number.
   * @throws {RangeError} If `busyPoll` is negative or NaN.
   * @throws {SystemError} `EMFILE` or `ENFILE`, if there are no descriptors left.
   * @throws {UnsupportedPlatformError} Where this module can't work.
   */
  constructor(options: EpollIOManagerOptions = {}) {
    const registry = new Registry(validated(options));
    this.#registry = registry;
    this.#keep = closeOnFinalization(this, { close: () => registry.abandon() });
  }

  /**
   * Waits until `fd` can be read without blocking, is at its end, or has failed.
   *
   * A resolved wait is a hint: read, and wait again if the read would block. Aborting a wait loses
   * neither data nor readiness.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
   * @param options A signal that can end the wait.
   * @returns A promise that resolves once `fd` is readable.
   * @throws {BusyResourceError} If another wait for `fd` to be readable is pending.
   * @throws {ClosedResourceError} On {@linkcode EpollIOManager.notifyClosing}, or if the manager is
   * closed.
   * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
   * `ENOSPC` at the user's limit on registrations.
   * @throws {TypeError} If `fd` isn't a descriptor.
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
    return this.#wait(fd, EPOLLIN, options);
  }

  /**
   * Waits until `fd` can be written without blocking, or has failed.
   *
   * Everything said of {@linkcode EpollIOManager.waitReadable} holds here too.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
   * @param options A signal that can end the wait.
   * @returns A promise that resolves once `fd` is writable.
   * @throws {BusyResourceError} If another wait for `fd` to be writable is pending.
   * @throws {ClosedResourceError} As for `waitReadable`.
   * @throws {SystemError} As for `waitReadable`.
   * @throws {TypeError} If `fd` isn't a descriptor.
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
    return this.#wait(fd, EPOLLOUT, options);
  }

  /**
   * Waits for an exceptional condition on `fd` (`EPOLLPRI`): out-of-band data on a TCP socket, a
   * packet-mode change on a pseudo-terminal, an edge on a GPIO `value` file.
   *
   * Everything said of {@linkcode EpollIOManager.waitReadable} holds here too.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
   * @param options A signal that can end the wait.
   * @returns A promise that resolves once there is one.
   * @throws {BusyResourceError} If another such wait for `fd` is pending.
   * @throws {ClosedResourceError} As for `waitReadable`.
   * @throws {SystemError} As for `waitReadable`.
   * @throws {TypeError} If `fd` isn't a descriptor.
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
    return this.#wait(fd, EPOLLPRI, options);
  }

  /**
   * Waits until the peer of the socket `fd` has gone away, or has shut down its sending direction
   * (`EPOLLRDHUP`), or `fd` has failed. Reads nothing: data that came before is still there.
   *
   * Everything said of {@linkcode EpollIOManager.waitReadable} holds here too.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
   * @param options A signal that can end the wait, and whether it keeps the process alive.
   * @returns A promise that resolves once the peer is gone.
   * @throws {BusyResourceError} If another such wait for `fd` is pending.
   * @throws {ClosedResourceError} As for `waitReadable`.
   * @throws {SystemError} As for `waitReadable`.
   * @throws {TypeError} If `fd` isn't a descriptor.
   *
   * @example
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { close, socketpair } from "@fdready/fdready/os";
   *
   * await using manager = new EpollIOManager();
   * const [one, other] = socketpair();
   * const gone = manager.waitHangup(one);
   * close(other);
   * await gone;
   * ```
   */
  waitHangup(fd: FdLike, options?: WaitOptions): Promise<void> {
    return this.#wait(fd, EPOLLRDHUP, options);
  }

  /**
   * Waits until one of several directions is ready, and tells which. It counts as a wait for each
   * of the directions, but needs one registration.
   *
   * To resolve is a hint, as with {@linkcode EpollIOManager.waitReadable}. An error or a hang-up of `fd`
   * makes all directions ready that were asked for.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
   * @param options The directions, a timeout in ms, a signal, and whether the wait keeps the
   * process alive. Give at least one direction, or a timeout.
   * @returns A promise that resolves to what is ready; all `false` if the timeout has expired.
   * @throws {BusyResourceError} If another wait or a watch has one of the directions.
   * @throws {ClosedResourceError} As for `waitReadable`.
   * @throws {RangeError} If `timeout` is negative or NaN.
   * @throws {SystemError} As for `waitReadable`.
   * @throws {TypeError} If `fd` isn't a descriptor, or nothing is waited for.
   *
   * @example
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { socketpair } from "@fdready/fdready/os";
   *
   * await using manager = new EpollIOManager();
   * const [fd] = socketpair();
   * const ready = await manager.waitReady(fd, { readable: true, writable: true, timeout: 1000 });
   * console.log(ready.readable, ready.writable); // false true
   * ```
   */
  waitReady(fd: FdLike, options: WaitReadyOptions): Promise<Readiness> {
    try {
      return this.#registry.waitReady(fd, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Calls `listener` whenever one of the directions in `interest` is ready, until the watch is
   * closed. It is for C libraries, which change what they wait for: you can change, pause or close
   * the watch at any time, even in the listener.
   *
   * It is level-triggered: after the listener returns, it is called again while a direction is
   * ready. The watch keeps its directions between events. An error that the listener throws is
   * reported as an uncaught one, and the watch goes on. {@linkcode EpollIOManager.notifyClosing}
   * and closing the manager end the watch. If its descriptor is closed without either, the watch
   * ends when that is noticed, and reports an uncaught error.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
   * @param interest The directions. With none the watch is paused.
   * @param listener Is called with what is ready.
   * @returns The watch.
   * @throws {BusyResourceError} If a wait or another watch has one of the directions.
   * @throws {ClosedResourceError} If the manager is closed.
   * @throws {SystemError} As for `waitReadable`.
   * @throws {TypeError} If `fd` isn't a descriptor, `interest` isn't an interest, or `listener`
   * isn't a function.
   *
   * @example
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { pipe, read, write } from "@fdready/fdready/os";
   *
   * await using manager = new EpollIOManager();
   * const [from, to] = pipe();
   * const { promise, resolve } = Promise.withResolvers<number | undefined>();
   * using _watch = manager.watch(from, { readable: true }, () => {
   *   resolve(read(from, new Uint8Array(64)));
   * });
   * write(to, new Uint8Array(5));
   * console.log(await promise); // 5
   * ```
   */
  watch(fd: FdLike, interest: Interest, listener: (ready: Readiness) => void): FdWatch {
    if (typeof listener !== "function") {
      throw new TypeError(`The listener must be a function, got ${inspectLine(listener)}`);
    }
    return this.#registry.watch(this, fd, interest, listener);
  }

  /**
   * Announces that `fd` is about to be closed, as {@linkcode EpollIOManager.notifyClosing} does, and
   * closes it.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
   * @throws {SystemError} As close(2): `EBADF` if it isn't open.
   * @throws {TypeError} If `fd` isn't a descriptor.
   *
   * @example
   * ```ts
   * import { EpollIOManager } from "@fdready/fdready";
   * import { pipe } from "@fdready/fdready/os";
   *
   * await using manager = new EpollIOManager();
   * const [fd] = pipe();
   * const waiting = manager.waitReadable(fd).catch((error) => console.log(error.name));
   * manager.closeFd(fd);
   * await waiting; // ClosedResourceError
   * ```
   */
  closeFd(fd: FdLike): void {
    const number = toFd(fd);
    this.#registry.forget(number);
    closeDescriptor(number);
  }

  /**
   * Waits for the next forced wakeup. If one came while nothing waited for it, the next wait
   * resolves at once. Any number of tasks may wait; one wakeup resumes them all.
   *
   * @param options A signal that can end the wait.
   * @returns A promise that resolves at the wakeup.
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
      return this.#registry.waitWakeup(options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Announces that `fd` is about to be closed: all waits for it reject with a
   * {@linkcode ClosedResourceError}, and the kernel forgets it. Call it before the close. Closing
   * a descriptor without it does no harm, but its waits may stay pending for ever.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`. Nothing happens if nothing
   * waits for it.
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
    this.#registry.forget(readFdNumber(fd));
  }

  /**
   * Ends the waits of {@linkcode EpollIOManager.waitWakeup} and a blocked
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
    this.#registry.wakeup.wake();
  }

  /**
   * Makes a handle to send to a Worker by `postMessage`, for {@linkcode openWakeup} there, so that
   * the Worker can force wakeups here. Using the handle after the manager was closed does no harm.
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
    return this.#registry.wakeup.handle();
  }

  /**
   * Returns how many waits there are, and what has happened so far.
   *
   * @returns The figures at this moment.
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
    return this.#registry.statistics();
  }

  /**
   * Describes the manager in words: its driver, and for each pending wait the file of its
   * descriptor and the direction. `console.log` of a manager prints the same.
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
   * //   fd 12, pipe:[40269], readable
   * ```
   */
  inspect(): string {
    const { closed, driver } = this.#registry;
    return describe(closed ? "closed" : `driver ${driver}`, this.#registry.pending());
  }

  /** For `console.log` in both runtimes. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.inspect();
  }

  /**
   * Blocks this thread until there are events. For driver `"manual"` only.
   *
   * A forced wakeup counts as an event, and is reported until it is passed to
   * {@linkcode processEvents}.
   *
   * @param timeout How long to block at most, in ms, rounded up. 0 polls, `Infinity` blocks
   * without end.
   * @returns The events. Empty only if the timeout expired or a signal cut the wait short.
   * @throws {TypeError} If the manager has another driver.
   * @throws {RangeError} If `timeout` is negative or NaN.
   * @throws {ClosedResourceError} If the manager is closed.
   *
   * @example A loop of your own
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
    const milliseconds = toMilliseconds(timeout);
    this.#throwIfClosed();
    this.#requireManual("getEvents");
    return this.#registry.harvest(milliseconds);
  }

  /**
   * Resumes the waiters that `events` concern. For driver `"manual"` only.
   *
   * @param events What {@linkcode EpollIOManager.getEvents} returned.
   * @throws {TypeError} If the manager has another driver, or `events` isn't the list that its own
   * `getEvents` returned.
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
    if (!this.#registry.harvested(events)) {
      throw new TypeError(
        `processEvents() takes what getEvents() of the same manager returned, got ${
          inspectLine(events)
        }`,
      );
    }
    this.#registry.dispatch(events);
  }

  /**
   * Rejects all waits with {@linkcode ClosedResourceError}, these and later ones, and closes the
   * manager's descriptors. Idempotent.
   *
   * @returns A promise that resolves when the descriptors are closed.
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
    this.#keep();
    return this.#registry.close();
  }

  /** The same as {@linkcode EpollIOManager.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #wait(fd: FdLike, events: number, options?: WaitOptions): Promise<void> {
    try {
      return this.#registry.wait(fd, events, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #throwIfClosed(): void {
    if (this.#registry.closed) throw closedError();
  }

  #requireManual(method: string): void {
    const { driver } = this.#registry;
    if (driver === "manual") return;
    throw new TypeError(
      `${method}() is for driver "manual"; the driver "${driver}" calls it by itself`,
    );
  }
}

function toMilliseconds(timeout: number): number {
  if (typeof timeout !== "number" || !(timeout >= 0)) {
    throw new RangeError(`The timeout must be 0 ms or more, got ${inspectLine(timeout)}`);
  }
  return timeout === Infinity ? -1 : wholeMilliseconds(timeout);
}
