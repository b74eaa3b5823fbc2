/**
 * The thread doorbell in Deno: poll(2) or epoll_wait(2) as a nonblocking symbol, which occupies one of
 * the 32 threads of the isolate's pool while it watches.
 */

import { copyToC, freeMemory } from "../ffi/c_memory.ts";
import { holdOperation, type OffThread, openOffThreadInDeno } from "../ffi/deno.ts";
import { libc } from "../ffi/libc.ts";
import { pollfdCount } from "../sys/poll.ts";
import { blockingSymbols, type Functions } from "../ffi/symbols.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { requireBell, type Watch } from "./watch.ts";

type Blocking = OffThread<Functions<typeof blockingSymbols>>;

let functions: Blocking | undefined;

/** Bound once per isolate, since a library stays open. */
function blocking(): Blocking {
  return functions ??= openOffThreadInDeno(libc().path, blockingSymbols);
}

export class DenoThreadDoorbell implements Doorbell {
  readonly name = "thread";
  readonly #watch: Watch;
  readonly #listener: DoorbellListener;
  #call: Promise<void> | undefined;
  #armed = false;
  /** The call that is under way. */
  #blocked: Promise<number> | undefined;

  /** C's memory, since the kernel may write there after the isolate, a Worker, has been terminated. */
  readonly #pollfds: bigint | undefined;

  /** `watch` belongs to the doorbell. */
  constructor(watch: Watch, listener: DoorbellListener) {
    this.#watch = watch;
    this.#listener = listener;
    if (watch.call.name === "poll") this.#pollfds = copyToC(watch.call.pollfds);
  }

  arm(held: boolean): void {
    this.#armed = true;
    // One call at a time. One that is about to return, having been disarmed, rings for this one too.
    this.#call ??= this.#block();
    this.hold(held);
  }

  hold(held: boolean): void {
    if (this.#blocked !== undefined) holdOperation(this.#blocked, held);
  }

  disarm(): void {
    this.#armed = false;
    if (this.#call === undefined) return;
    try {
      this.#watch.bell.signal();
    } catch (error) {
      this.#listener.onFailure(error);
    }
  }

  isInternal(fd: number): boolean {
    return this.#watch.isInternal(fd);
  }

  async close(): Promise<void> {
    this.disarm();
    await this.#call;
    if (this.#pollfds !== undefined) freeMemory(this.#pollfds);
    this.#watch[Symbol.dispose]();
  }

  async #block(): Promise<void> {
    try {
      requireBell(this.#watch);
      this.#blocked = this.#callOnce();
      await this.#blocked;
      this.#watch.bell.drain();
    } catch (error) {
      this.#armed = false;
      this.#listener.onFailure(error);
    }
    this.#call = this.#blocked = undefined;
    // Whatever ended the call, the bell, a signal or the time, to poll once more does no harm.
    if (this.#armed) {
      this.#armed = false;
      this.#listener.onRing();
    }
  }

  #callOnce(): Promise<number> {
    const { call } = this.#watch;
    return call.name === "epoll_wait"
      ? blocking().epoll_wait(call.fd, null, 1, call.milliseconds)
      : blocking().poll(this.#pollfds!, pollfdCount(call.pollfds), call.milliseconds);
  }
}
