/**
 * The thread doorbell in Deno: poll(2) as a nonblocking symbol, which occupies one of the 32 threads
 * of the isolate's pool while it watches.
 *
 * It polls the epoll descriptor rather than epoll_wait on it, so that no event is ever harvested on
 * another thread, and a second descriptor, the bell, because closing a descriptor doesn't wake those
 * who wait on it.
 */

import { POLLIN } from "../ffi/constants.ts";
import { type OffThread, openOffThreadInDeno } from "../ffi/deno.ts";
import { libc } from "../ffi/libc.ts";
import { type Functions, pollSymbols } from "../ffi/symbols.ts";
import { Wakeup } from "../wakeup/wakeup.ts";
import { type Doorbell, type DoorbellListener, watchMilliseconds } from "./doorbell.ts";

export class DenoThreadDoorbell implements Doorbell {
  readonly name = "thread";
  readonly #listener: DoorbellListener;
  readonly #bell = new Wakeup();
  /** Two `struct pollfd` of { int fd; short events, revents }, which the kernel reads and writes. */
  readonly #pollfds: Int32Array<ArrayBuffer>;
  #poll: OffThread<Functions<typeof pollSymbols>>["poll"] | undefined;
  #watch: Promise<void> | undefined;
  #armed = false;

  constructor(fd: number, listener: DoorbellListener) {
    this.#listener = listener;
    this.#pollfds = new Int32Array([fd, POLLIN, this.#bell.fd, POLLIN]);
  }

  arm(): void {
    this.#armed = true;
    // One call at a time. One that is about to return, having been disarmed, rings for this one too.
    this.#watch ??= this.#watchOnce();
  }

  disarm(): void {
    this.#armed = false;
    if (this.#watch !== undefined) this.#bell.wake();
  }

  async close(): Promise<void> {
    this.disarm();
    await this.#watch;
    this.#bell.close();
  }

  async #watchOnce(): Promise<void> {
    try {
      this.#poll ??= openOffThreadInDeno(libc().path, pollSymbols).poll;
      await this.#poll(this.#pollfds, 2n, watchMilliseconds);
      this.#bell.drain();
    } catch (error) {
      this.#armed = false;
      this.#listener.onFailure(error);
    }
    this.#watch = undefined;
    // Whatever ended the call, the bell, a signal or the time, to poll once more does no harm.
    if (this.#armed) {
      this.#armed = false;
      this.#listener.onRing();
    }
  }
}
