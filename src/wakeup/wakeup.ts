/** A self-pipe: something to wait on that other threads and signal listeners can make ready. */

import { closeWhenDropped } from "../ffi/dropped.ts";
import { EventFd } from "../ffi/eventfd.ts";
import { createHandle, retire, type WakeupHandle } from "./handle.ts";

/** An eventfd, and the handle that was given away for it. */
class SharedEventFd extends EventFd {
  #handle: WakeupHandle | undefined;

  handle(): WakeupHandle {
    return this.#handle ??= createHandle(this.fd);
  }

  override release(): number {
    if (this.#handle !== undefined) retire(this.#handle);
    this.#handle = undefined;
    return super.release();
  }
}

/**
 * A descriptor that becomes readable when anyone calls {@linkcode Wakeup.wake}: here, in a signal
 * listener, or through its {@linkcode Wakeup.handle} in another isolate of the process. One that is made
 * in a Worker ends with the Worker, and one that the program has dropped is closed by the garbage
 * collector: wait for the object, as below, rather than for its number alone.
 *
 * @example Waiting for a wakeup
 * ```ts
 * import { waitReadable, Wakeup } from "@fdready/fdready";
 *
 * using wakeup = new Wakeup();
 * setTimeout(() => wakeup.wake(), 10);
 * await waitReadable(wakeup);
 * console.log(wakeup.drain()); // 1
 * ```
 */
export class Wakeup implements Disposable {
  readonly #eventfd: SharedEventFd;
  readonly #kept: () => void;

  /**
   * Opens an eventfd.
   *
   * @throws {SystemError} `EMFILE` or `ENFILE`, if there are no descriptors left.
   * @throws {UnsupportedPlatformError} Where this module can't work.
   */
  constructor() {
    this.#eventfd = new SharedEventFd();
    this.#kept = closeWhenDropped(this, this.#eventfd);
  }

  /** The descriptor to wait on; -1 once closed, also by `close` of `@fdready/fdready/os`. */
  get fd(): number {
    return this.#eventfd.fd;
  }

  /**
   * Makes {@linkcode Wakeup.fd} readable. One `write` of 8 bytes, which never blocks; wakeups that
   * nobody has drained yet merge into one readiness. A count at the eventfd's maximum, which only
   * another library's writes reach, starts anew. After {@linkcode Wakeup.close} it does nothing.
   *
   * @example
   * ```ts
   * import { Wakeup } from "@fdready/fdready";
   *
   * using wakeup = new Wakeup();
   * wakeup.wake();
   * wakeup.wake();
   * console.log(wakeup.drain()); // 2
   * ```
   */
  wake(): void {
    this.#eventfd.signal();
  }

  /**
   * Takes back all wakeups so far, so that {@linkcode Wakeup.fd} is no longer readable.
   *
   * @returns How many there were; 0 if none, or once closed.
   *
   * @example
   * ```ts
   * import { Wakeup } from "@fdready/fdready";
   *
   * using wakeup = new Wakeup();
   * console.log(wakeup.drain()); // 0
   * ```
   */
  drain(): number {
    return this.#eventfd.drain();
  }

  /**
   * Something to send to a Worker by `postMessage`, for {@linkcode openWakeup} there. To use it late,
   * after {@linkcode Wakeup.close}, is harmless.
   *
   * @returns Plain data, the same each time.
   * @throws {SystemError} `EBADF`, once closed.
   *
   * @example
   * ```ts
   * import { openWakeup, Wakeup } from "@fdready/fdready";
   *
   * using wakeup = new Wakeup();
   * using remote = openWakeup(wakeup.handle());
   * remote.wake();
   * console.log(wakeup.drain()); // 1
   * ```
   */
  handle(): WakeupHandle {
    return this.#eventfd.handle();
  }

  /** Closes the descriptor. Idempotent. End waits for {@linkcode Wakeup.fd} with `notifyClosing`. */
  close(): void {
    this.#kept();
    this.#eventfd.close();
  }

  /** Does what {@linkcode Wakeup.close} does. */
  [Symbol.dispose](): void {
    this.close();
  }
}
