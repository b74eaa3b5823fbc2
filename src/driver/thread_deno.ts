/**
 * The thread doorbell in Deno: poll(2) or epoll_wait(2) as a nonblocking symbol, which occupies one
 * of the 32 threads of the isolate's pool while it watches.
 */

import { copyToC, freeMemory } from "../ffi/c_memory.ts";
import { type OffThread, openOffThreadInDeno, setOperationRef } from "../ffi/deno.ts";
import { libc } from "../ffi/libc.ts";
import { blockingSymbols, type Functions } from "../ffi/symbols.ts";
import { pollfdCount } from "../sys/poll.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { type BlockingCall, interruptForGood } from "./poll_call.ts";

type BlockingFunctions = OffThread<Functions<typeof blockingSymbols>>;

let functions: BlockingFunctions | undefined;

/** Bound once per isolate, because a library stays open. */
function bindBlockingFunctions(): BlockingFunctions {
  return functions ??= openOffThreadInDeno(libc().path, blockingSymbols);
}

export class DenoThreadDoorbell implements Doorbell {
  readonly #resources: DisposableStack;
  readonly #call: BlockingCall;
  readonly #listener: DoorbellListener;
  /** C's memory, because the kernel may write there after the isolate, a Worker, was terminated. */
  readonly #pollfds: bigint | undefined;
  /** The call that the thread is in, and its completion here. */
  #inFlight: Promise<number> | undefined;
  #done: Promise<void> | undefined;

  /** Takes over `call`. */
  constructor(call: BlockingCall, listener: DoorbellListener) {
    this.#call = call;
    this.#listener = listener;
    const stack = new DisposableStack();
    try {
      stack.use(call);
      if (call.arguments.name === "poll") {
        this.#pollfds = stack.adopt(copyToC(call.arguments.pollfds), freeMemory);
      }
      this.#resources = stack.move();
    } finally {
      stack.dispose();
    }
  }

  arm(ref: boolean): void {
    // One call at a time. If one was disarmed and is about to return, it rings for this arming too.
    if (this.#inFlight === undefined) this.#block();
    this.setRef(ref);
  }

  setRef(ref: boolean): void {
    if (this.#inFlight !== undefined) setOperationRef(this.#inFlight, ref);
  }

  /** A call can't always be prevented from keeping the process alive, so it is ended. */
  disarm(): void {
    if (this.#inFlight !== undefined) this.#call.interrupt.signal();
  }

  isInternal(fd: number): boolean {
    return this.#call.isInternal(fd);
  }

  async close(): Promise<void> {
    if (this.#inFlight !== undefined) interruptForGood(this.#call);
    await this.#done;
    this.#resources.dispose();
  }

  #block(): void {
    this.#call.prepare();
    this.#inFlight = this.#callOnce();
    this.#done = this.#inFlight.then(
      (result) => this.#onReturn(result),
      (error) => this.#onError(error),
    );
  }

  #callOnce(): Promise<number> {
    const call = this.#call.arguments;
    return call.name === "epoll_wait"
      ? bindBlockingFunctions().epoll_wait(call.fd, null, 1, call.milliseconds)
      : bindBlockingFunctions().poll(this.#pollfds!, pollfdCount(call.pollfds), call.milliseconds);
  }

  #onError(error: unknown): void {
    this.#inFlight = undefined;
    this.#listener.onFailure(error);
  }

  #onReturn(result: number): void {
    this.#inFlight = undefined;
    try {
      if (result === -1) this.#call.check();
      this.#call.interrupt.drain();
    } catch (error) {
      return this.#listener.onFailure(error);
    }
    // Whatever ended the call, an event, the interruption or the time, another poll does no harm.
    this.#listener.onReady();
  }
}
