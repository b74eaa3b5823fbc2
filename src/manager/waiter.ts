/** Pending waits. */

import { type FdLike, inspectLine } from "../ffi/checks.ts";
import { clearTimeout, setTimeout, type Timer } from "../runtime/globals.ts";
import type { Claim } from "./claim.ts";
import { type Readiness, readinessOf } from "./readiness.ts";
import { wholeMilliseconds } from "./options.ts";

/** Told when a wait has been cut short. */
export interface WaiterOwner {
  /** The signal of `claim` has aborted. */
  abort(claim: Claim): void;
}

type Resolve = (value?: PromiseLike<void>) => void;

let lastResolve: Resolve | undefined;

/** Shared by all promises made here, in place of a closure for each. */
function capture(resolve: Resolve): void {
  lastResolve = resolve;
}

/** What makes a promise that is resolved with it reject, one microtask later. */
function rejecting(reason: unknown): PromiseLike<never> {
  const then = (_: unknown, reject: (reason: unknown) => void): void => reject(reason);
  return { then } as PromiseLike<never>;
}

/** A wait for one direction by somebody who gave no options: little more than a promise's function. */
export class PlainWaiter implements Claim {
  /** -1 if it is for something that has no descriptor. */
  readonly fd: number;
  events = 0;
  next: Claim | undefined = undefined;
  #resolve: Resolve | undefined = undefined;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Begins to wait. Those who have been waited for before may be waited for again. */
  begin(events: number): Promise<void> {
    const promise = new Promise<void>(capture);
    this.events = events;
    this.#resolve = lastResolve;
    lastResolve = undefined;
    return promise;
  }

  get held(): boolean {
    return true;
  }

  get once(): true {
    return true;
  }

  get aborted(): boolean {
    return false;
  }

  handleEvent(): void {}

  dispatch(): void {
    this.#end()?.();
  }

  /** Does without the promise's other function, which would have to be kept for every pending wait. */
  reject(reason: unknown): void {
    this.#end()?.(rejecting(reason));
  }

  /** The promise's function, the first time. */
  #end(): Resolve | undefined {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    return resolve;
  }
}

/** A wait for one direction, or for something that has no descriptor. */
export class Waiter extends PlainWaiter {
  readonly promise: Promise<void>;
  /** Kept from the garbage collector, which might let it close its descriptor. */
  readonly target: FdLike | undefined;
  readonly #owner: WaiterOwner;
  readonly #signal: AbortSignal | undefined;
  readonly #held: boolean;

  constructor(
    owner: WaiterOwner,
    signal: AbortSignal | undefined,
    held: boolean,
    fd = -1,
    target?: FdLike,
    events = 0,
  ) {
    super(fd);
    this.promise = this.begin(events);
    this.target = target;
    this.#owner = owner;
    this.#signal = signal;
    this.#held = held;
    listen(signal, this);
  }

  override get held(): boolean {
    return this.#held;
  }

  override get aborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  /** Listens to the signal. It aborts once, so that the listener may stay where it is. */
  override handleEvent(): void {
    if (!this.aborted) return;
    const reason = reasonOf(this.#signal);
    this.#owner.abort(this);
    super.reject(reason);
  }

  override dispatch(): void {
    super.dispatch();
    unlisten(this.#signal, this);
  }

  override reject(reason: unknown): void {
    super.reject(reason);
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
  readonly #resolve: (readiness: Readiness | PromiseLike<Readiness>) => void;
  readonly #owner: ReadyWaiterOwner;
  readonly #signal: AbortSignal | undefined;
  #timer: Timer | undefined;

  constructor(
    owner: ReadyWaiterOwner,
    signal: AbortSignal | undefined,
    held: boolean,
    fd: number,
    target: FdLike,
    events: number,
  ) {
    const { promise, resolve } = Promise.withResolvers<Readiness>();
    this.promise = promise;
    this.fd = fd;
    this.events = events;
    this.held = held;
    this.target = target;
    this.#resolve = resolve;
    this.#owner = owner;
    this.#signal = signal;
    listen(signal, this);
  }

  get once(): true {
    return true;
  }

  /** Lets the time run, in ms. */
  start(timeout: number): void {
    const expire = () => this.#owner.expire(this);
    this.#timer = setTimeout(expire, wholeMilliseconds(timeout));
    if (!this.held) this.#timer.unref();
  }

  get aborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  handleEvent(): void {
    if (!this.aborted) return;
    const reason = reasonOf(this.#signal);
    this.#owner.abort(this);
    clearTimeout(this.#timer);
    this.#resolve(rejecting(reason));
  }

  dispatch(ready: number): void {
    this.#settle();
    this.#resolve(readinessOf(ready));
  }

  reject(reason: unknown): void {
    this.#settle();
    this.#resolve(rejecting(reason));
  }

  #settle(): void {
    unlisten(this.#signal, this);
    clearTimeout(this.#timer);
  }
}

function listen(signal: AbortSignal | undefined, waiter: EventListenerObject): void {
  if (signal === undefined || signal === null) return;
  if (!(signal instanceof AbortSignal)) {
    throw new TypeError(`The option signal must be an AbortSignal, got ${inspectLine(signal)}`);
  }
  signal.addEventListener("abort", waiter);
}

/** Why `signal` has aborted. A program's own signal may throw instead. */
function reasonOf(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason;
  } catch (error) {
    return error;
  }
}

/**
 * Takes the method from where hardly any program overrides it. Deno does, for signals: it keeps the
 * process alive for one with a timeout that somebody listens to. What it throws, for a signal of
 * another class or in a Proxy, must not end the poll under way; the listener then finds its wait over.
 */
function unlisten(signal: AbortSignal | undefined, waiter: EventListenerObject): void {
  if (!signal) return;
  try {
    AbortSignal.prototype.removeEventListener.call(signal, "abort", waiter);
  } catch {
    // It stays.
  }
}
