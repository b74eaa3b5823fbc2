/** Callbacks that stay, for C libraries that are told again and again what their descriptors are. */

import type { FdLike } from "../ffi/checks.ts";
import { throwUncaught } from "../runtime/uncaught.ts";
import type { Claim } from "./claim.ts";
import { ClosedResourceError } from "./errors.ts";
import { eventsOf, type Interest, type Readiness, readinessOf } from "./readiness.ts";

/** A descriptor that is watched until it is closed. Made by `watch`. */
export interface FdWatch extends Disposable {
  /** The descriptor's number. */
  readonly fd: number;
  /**
   * Changes the directions that are watched. You may call it at any time, even in the listener.
   * With no direction the watch pauses, and doesn't keep the process alive.
   *
   * @param interest All the directions to watch from now on.
   * @throws {BusyResourceError} If another wait or watch has one of them. Nothing changes then.
   * @throws {ClosedResourceError} If the watch is closed.
   * @throws {SystemError} As `watch`.
   * @throws {TypeError} If `interest` isn't an interest.
   */
  interest(interest: Interest): void;
  /** Keeps the process alive, which is the default. */
  ref(): void;
  /** Lets the process exit while the watch is open. */
  unref(): void;
  /**
   * Ends the watch. The descriptor stays open. The listener is never called again, not even for an
   * event that was already received. Idempotent.
   */
  close(): void;
}

/** Who arms watches. */
export interface WatchOwner {
  change(watch: Watch, events: number): void;
  hold(watch: Watch, held: boolean): void;
  unwatch(watch: Watch): void;
}

/** What the program has of a watch. */
export class WatchHandle implements FdWatch {
  readonly #owner: WatchOwner;
  readonly #watch: Watch;
  /** Kept from the garbage collector: a manager that is dropped is closed, if all its watches are paused. */
  readonly manager: object;

  constructor(owner: WatchOwner, watch: Watch, manager: object) {
    this.#owner = owner;
    this.#watch = watch;
    this.manager = manager;
  }

  get fd(): number {
    return this.#watch.fd;
  }

  interest(interest: Interest): void {
    this.#owner.change(this.#watch, eventsOf(interest));
  }

  ref(): void {
    this.#owner.hold(this.#watch, true);
  }

  unref(): void {
    this.#owner.hold(this.#watch, false);
  }

  close(): void {
    this.#owner.unwatch(this.#watch);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

export class Watch implements Claim {
  readonly fd: number;
  events: number;
  held = true;
  next: Claim | undefined = undefined;
  closed = false;
  /** Kept from the garbage collector, which might let it close its descriptor. */
  readonly target: FdLike;
  readonly #listener: (ready: Readiness) => void;

  constructor(fd: number, target: FdLike, events: number, listener: (ready: Readiness) => void) {
    this.fd = fd;
    this.target = target;
    this.events = events;
    this.#listener = listener;
  }

  get once(): false {
    return false;
  }

  get aborted(): false {
    return false;
  }

  handleEvent(): void {}

  dispatch(ready: number): void {
    try {
      // Not as a method of this.
      const listener = this.#listener;
      listener(readinessOf(ready));
    } catch (error) {
      throwUncaught(error);
    }
  }

  /** Ends the watch. A program is told of errors that it couldn't have expected. */
  reject(reason: unknown): void {
    const paused = this.events === 0;
    this.closed = true;
    this.events = 0;
    if (!paused && !(reason instanceof ClosedResourceError)) throwUncaught(reason);
  }
}
