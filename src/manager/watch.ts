/** Watches: waiters that stay, for C libraries, whose descriptors change what they wait for. */

import type { FdLike } from "../ffi/checks.ts";
import { bindAsyncContext } from "../runtime/async_context.ts";
import { throwUncaught } from "../runtime/uncaught.ts";
import { ClosedResourceError } from "./errors.ts";
import { type Interest, parseInterest, type Readiness, toReadiness } from "./readiness.ts";
import type { Waiter } from "./waiter.ts";

/** A watched descriptor, returned by {@linkcode watch}. */
export interface FdWatch extends Disposable {
  /** The descriptor's number. */
  readonly fd: number;
  /**
   * Changes the watched directions. You can call it at any time, even in the listener. A watch with
   * no direction is paused: it doesn't keep the process alive, and its listener isn't called.
   *
   * Each call checks that the number still refers to the same file, even if the directions don't
   * change. A watch whose file was closed ends with an error.
   *
   * @param interest The directions to watch from now on.
   * @throws {BusyResourceError} If another wait or watch has one of the directions. Nothing
   * changes.
   * @throws {ClosedResourceError} If the watch is closed.
   * @throws {SystemError} `EBADF` if the number doesn't refer to the watched file any more. The
   * watch is closed then.
   * @throws {TypeError} If `interest` isn't an interest.
   */
  interest(interest: Interest): void;
  /** Keeps the process alive while the watch is open and not paused. This is the default. */
  ref(): void;
  /** Allows the process to exit while the watch is open. */
  unref(): void;
  /**
   * Ends the watch. The descriptor stays open. The listener is never called again, not even for an
   * event that was already received. Idempotent.
   */
  close(): void;
}

/** Changes and ends watches. */
export interface WatchOwner {
  /** Changes the directions of `watch`. Throws if its file is gone, and ends it then. */
  setInterest(watch: Watch, interest: number): void;
  /** Changes whether `watch` keeps the process alive. */
  setRef(watch: Watch, isRef: boolean): void;
  /** Ends `watch`. Idempotent. */
  unwatch(watch: Watch): void;
}

/** The program's side of a watch. */
export class WatchHandle implements FdWatch {
  readonly #owner: WatchOwner;
  readonly #watch: Watch;
  /** Kept from the garbage collector, which closes managers that have no pending waits. */
  readonly #manager: object;

  constructor(owner: WatchOwner, watch: Watch, manager: object) {
    this.#owner = owner;
    this.#watch = watch;
    this.#manager = manager;
  }

  get fd(): number {
    return this.#watch.fd;
  }

  interest(interest: Interest): void {
    this.#owner.setInterest(this.#watch, parseInterest(interest));
  }

  ref(): void {
    this.#owner.setRef(this.#watch, true);
  }

  unref(): void {
    this.#owner.setRef(this.#watch, false);
  }

  close(): void {
    this.#owner.unwatch(this.#watch);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The manager's side of a watch. */
export class Watch implements Waiter {
  readonly fd: number;
  interest: number;
  isRef = true;
  isClosed = false;
  next: Waiter | undefined = undefined;
  /** Kept from the garbage collector, which may close a descriptor together with its object. */
  readonly source: FdLike;
  readonly #listener: (ready: Readiness) => void;

  constructor(
    fd: number,
    source: FdLike,
    interest: number,
    listener: (ready: Readiness) => void,
  ) {
    this.fd = fd;
    this.source = source;
    this.interest = interest;
    this.#listener = bindAsyncContext(listener);
  }

  get isOneshot(): false {
    return false;
  }

  handleEvent(): void {}

  notify(flags: number): void {
    try {
      const listener = this.#listener; // not called as a method
      listener(toReadiness(this.interest, flags));
    } catch (error) {
      throwUncaught(error);
    }
  }

  /** Ends the watch. An error that the program can't expect is uncaught. */
  reject(reason: unknown): void {
    const isPaused = this.interest === 0;
    this.end();
    if (!isPaused && !(reason instanceof ClosedResourceError)) throwUncaught(reason);
  }

  /** Ends the watch silently. */
  end(): void {
    this.isClosed = true;
    this.interest = 0;
  }
}
