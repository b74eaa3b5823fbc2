/**
 * The thread doorbell in Deno: epoll_wait(2) as a nonblocking symbol, which occupies one of the 32
 * threads of the isolate's pool while it watches.
 */

import { type OffThread, openOffThreadInDeno } from "../ffi/deno.ts";
import { libc } from "../ffi/libc.ts";
import { coreSymbols, type Functions } from "../ffi/symbols.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import type { Watch } from "./watch.ts";

const blockingSymbols = { epoll_wait: coreSymbols.epoll_wait };

type EpollWait = OffThread<Functions<typeof blockingSymbols>>["epoll_wait"];

let epollWait: EpollWait | undefined;

/** Bound once per isolate, since a library stays open. */
function bindEpollWait(): EpollWait {
  return epollWait ??= openOffThreadInDeno(libc().path, blockingSymbols).epoll_wait;
}

export class DenoThreadDoorbell implements Doorbell {
  readonly name = "thread";
  readonly #watch: Watch;
  readonly #listener: DoorbellListener;
  #call: Promise<void> | undefined;
  #armed = false;

  /** `watch` belongs to the doorbell. */
  constructor(watch: Watch, listener: DoorbellListener) {
    this.#watch = watch;
    this.#listener = listener;
  }

  arm(): void {
    this.#armed = true;
    // One call at a time. One that is about to return, having been disarmed, rings for this one too.
    this.#call ??= this.#block();
  }

  disarm(): void {
    this.#armed = false;
    if (this.#call !== undefined) this.#watch.bell.wake();
  }

  owns(fd: number): boolean {
    return this.#watch.owns(fd);
  }

  async close(): Promise<void> {
    this.disarm();
    await this.#call;
    this.#watch[Symbol.dispose]();
  }

  async #block(): Promise<void> {
    const { instance, milliseconds, bell } = this.#watch;
    try {
      await bindEpollWait()(instance, null, 1, milliseconds);
      bell.drain();
    } catch (error) {
      this.#armed = false;
      this.#listener.onFailure(error);
    }
    this.#call = undefined;
    // Whatever ended the call, the bell, a signal or the time, to poll once more does no harm.
    if (this.#armed) {
      this.#armed = false;
      this.#listener.onRing();
    }
  }
}
