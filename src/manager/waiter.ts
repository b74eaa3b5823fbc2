/** Pending waits. */

import { clearTimeout, setTimeout } from "node:timers";
import type { FdLike } from "../ffi/fd_like.ts";
import { show } from "../ffi/show.ts";
import type { Claim } from "./claim.ts";
import { type Readiness, readinessOf } from "./readiness.ts";
import { wholeMilliseconds } from "./timeout.ts";

/** Told when a wait has been cut short. */
export interface WaiterOwner {
  /** The signal of `claim` has aborted. */
  abort(claim: Claim): void;
}

let lastResolve: () => void;
let lastReject: (reason: unknown) => void;

/** Shared by all promises made here, in place of a closure for each. */
function capture(resolve: () => void, reject: (reason: unknown) => void): void {
  lastResolve = resolve;
  lastReject = reject;
}

/** A wait for one direction, or for something that has no descriptor: a promise, and its signal. */
export class Waiter implements Claim {
  readonly promise: Promise<void>;
  /** -1 if it is for something else. */
  readonly fd: number;
  readonly events: number;
  readonly held: boolean;
  next: Claim | undefined;
  /** Kept from the garbage collector, which might let it close its descriptor. */
  readonly target: FdLike | undefined;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;
  readonly #owner: WaiterOwner;
  readonly #signal: AbortSignal | undefined;

  constructor(
    owner: WaiterOwner,
    signal: AbortSignal | undefined,
    held = true,
    fd = -1,
    target?: FdLike,
    events = 0,
  ) {
    this.promise = new Promise<void>(capture);
    this.fd = fd;
    this.events = events;
    this.held = held;
    this.next = undefined;
    this.target = target;
    this.#resolve = lastResolve;
    this.#reject = lastReject;
    this.#owner = owner;
    this.#signal = signal;
    listen(signal, this);
  }

  get once(): true {
    return true;
  }

  get aborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  /** Listens to the signal. It aborts once, so that the listener may stay where it is. */
  handleEvent(): void {
    if (!this.aborted) return;
    this.#owner.abort(this);
    this.#reject(this.#signal?.reason);
  }

  dispatch(): void {
    this.resolve();
  }

  resolve(): void {
    this.#resolve();
    unlisten(this.#signal, this);
  }

  reject(reason: unknown): void {
    this.#reject(reason);
    unlisten(this.#signal, this);
  }
}

/** Told also when the time of a wait is over. */
export interface ReadyWaiterOwner extends WaiterOwner {
  expire(waiter: ReadyWaiter): void;
}

/** A wait for several directions, which tells which of them are ready, and may have a timeout. */
export class ReadyWaiter implements Claim {
  readonly promise: Promise<Readiness>;
  readonly fd: number;
  readonly events: number;
  readonly held: boolean;
  next: Claim | undefined;
  /** Kept from the garbage collector, which might let it close its descriptor. */
  readonly target: FdLike;
  readonly #resolve: (readiness: Readiness) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #owner: ReadyWaiterOwner;
  readonly #signal: AbortSignal | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    owner: ReadyWaiterOwner,
    signal: AbortSignal | undefined,
    held: boolean,
    fd: number,
    target: FdLike,
    events: number,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<Readiness>();
    this.promise = promise;
    this.fd = fd;
    this.events = events;
    this.held = held;
    this.target = target;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#owner = owner;
    this.#signal = signal;
    listen(signal, this);
  }

  get once(): true {
    return true;
  }

  /** Lets the time run, in ms. */
  start(timeout: number): void {
    this.#timer = setTimeout(() => this.#owner.expire(this), wholeMilliseconds(timeout));
    if (!this.held) this.#timer.unref();
  }

  get aborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  handleEvent(): void {
    if (!this.aborted) return;
    this.#owner.abort(this);
    clearTimeout(this.#timer);
    this.#reject(this.#signal?.reason);
  }

  dispatch(ready: number): void {
    this.#settle();
    this.#resolve(readinessOf(ready));
  }

  reject(reason: unknown): void {
    this.#settle();
    this.#reject(reason);
  }

  #settle(): void {
    unlisten(this.#signal, this);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
  }
}

function listen(signal: AbortSignal | undefined, waiter: EventListenerObject): void {
  if (signal === undefined || signal === null) return;
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError(`The option signal must be an AbortSignal, got ${show(signal)}`);
  }
  signal.addEventListener("abort", waiter);
}

/** Takes the method from where no program overrides it: what it threw would end the poll under way. */
function unlisten(signal: AbortSignal | undefined, waiter: EventListenerObject): void {
  if (signal) EventTarget.prototype.removeEventListener.call(signal, "abort", waiter);
}
