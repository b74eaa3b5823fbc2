/** A descriptor that other threads and signal listeners can make ready. */

import { closeOnFinalization } from "../sys/finalization.ts";
import { EventFd } from "../sys/eventfd.ts";
import { createHandle, retire, type WakeupHandle } from "./handle.ts";

/** An eventfd, and its handle if one was made. */
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
 * A descriptor that becomes readable when {@linkcode Wakeup.wake} is called: here, in a signal
 * listener, or through its {@linkcode Wakeup.handle} in another isolate of the process. A wakeup
 * that a Worker made is closed when the Worker ends. The garbage collector closes a wakeup that the
 * program can no longer reach, so wait for the object, as below, rather than for its number.
 *
 * A wakeup carries no data, several may count as one, and one may overtake a message of
 * `postMessage`. So put data for the woken task into shared memory, before the wakeup.
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
    this.#kept = closeOnFinalization(this, this.#eventfd);
  }

  /** The descriptor; -1 once closed, even if `close` of `@fdready/fdready/os` closed it. */
  get fd(): number {
    return this.#eventfd.fd;
  }

  /**
   * Makes {@linkcode Wakeup.fd} readable, by one `write` of 8 bytes, which never blocks. It stays
   * readable until {@linkcode Wakeup.drain}, however many wakeups there are. A counter at its
   * maximum, which only writes of another library can reach, starts again at 1. After
   * {@linkcode Wakeup.close} this does nothing.
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
   * Takes all wakeups so far, so that {@linkcode Wakeup.fd} is no longer readable.
   *
   * @returns How many wakeups there were; 0 once closed.
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
   * Makes a handle to send to a Worker by `postMessage`, for {@linkcode openWakeup} there. Using
   * the handle after {@linkcode Wakeup.close} does no harm.
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

  /**
   * Closes the descriptor. Idempotent. Call `notifyClosing` first if a wait for it may be pending.
   */
  close(): void {
    this.#kept();
    this.#eventfd.close();
  }

  /** The same as {@linkcode Wakeup.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
