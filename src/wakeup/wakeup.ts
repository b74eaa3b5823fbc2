/** A descriptor that other threads and signal listeners can make ready. */

import { EventFd } from "../sys/eventfd.ts";
import { closeOnFinalization } from "../sys/finalization.ts";
import { createHandle, markClosed, type WakeupHandle } from "./handle.ts";

/** An eventfd, and its handle if one was made. */
class SharedEventFd extends EventFd {
  #handle: WakeupHandle | undefined;

  handle(): WakeupHandle {
    return this.#handle ??= createHandle(this.fd);
  }

  override release(): number {
    if (this.#handle !== undefined) markClosed(this.#handle);
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
 * A wakeup carries no data, several may count as one, and one may overtake a message from
 * `postMessage`. So put data for the woken task into shared memory before the wakeup.
 *
 * @example Waiting for a wakeup
 * ```ts
 * import { waitReadable, Wakeup } from "@fdready/fdready";
 * import { assertEquals } from "@std/assert";
 *
 * using wakeup = new Wakeup();
 * setTimeout(() => wakeup.wake(), 10);
 * await waitReadable(wakeup);
 * assertEquals(wakeup.drain(), 1);
 * ```
 */
export class Wakeup implements Disposable {
  readonly #eventfd: SharedEventFd;
  readonly #unregisterFinalizer: () => void;

  /**
   * Opens an eventfd.
   *
   * @throws {SystemError} `EMFILE` or `ENFILE`, if there are no descriptors left.
   * @throws {UnsupportedPlatformError} If this module can't work here.
   */
  constructor() {
    this.#eventfd = new SharedEventFd();
    this.#unregisterFinalizer = closeOnFinalization(this, this.#eventfd);
  }

  /** The descriptor; -1 once closed, even if `close` from `@fdready/fdready/os` closed it. */
  get fd(): number {
    return this.#eventfd.fd;
  }

  /**
   * Makes {@linkcode Wakeup.fd} readable with one `write` of 8 bytes, which never blocks. It stays
   * readable until {@linkcode Wakeup.drain}, however many wakeups there are. A counter at its
   * maximum starts again at 1. Only writes from another library can bring it there. After
   * {@linkcode Wakeup.close} this does nothing.
   *
   * @example Two wakeups
   * ```ts
   * import { Wakeup } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * using wakeup = new Wakeup();
   * wakeup.wake();
   * wakeup.wake();
   * assertEquals(wakeup.drain(), 2);
   * ```
   */
  wake(): void {
    this.#eventfd.signal();
  }

  /**
   * Takes all wakeups so far, so that {@linkcode Wakeup.fd} is no longer readable.
   *
   * @returns The number of wakeups; 0 once closed.
   *
   * @example Nothing to take
   * ```ts
   * import { Wakeup } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * using wakeup = new Wakeup();
   * assertEquals(wakeup.drain(), 0);
   * ```
   */
  drain(): number {
    return this.#eventfd.drain();
  }

  /**
   * Makes a handle to send to a Worker with `postMessage`, for {@linkcode openWakeup} there. Using
   * the handle after {@linkcode Wakeup.close} does no harm.
   *
   * @returns Plain data, the same each time.
   * @throws {SystemError} `EBADF`, once closed.
   *
   * @example Opening the handle
   * ```ts
   * import { openWakeup, Wakeup } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * using wakeup = new Wakeup();
   * using remote = openWakeup(wakeup.handle());
   * remote.wake();
   * assertEquals(wakeup.drain(), 1);
   * ```
   */
  handle(): WakeupHandle {
    return this.#eventfd.handle();
  }

  /**
   * Closes the descriptor. Idempotent. Call `notifyClosing` first if a wait for it may be pending.
   */
  close(): void {
    this.#unregisterFinalizer();
    this.#eventfd.close();
  }

  /** Calls {@linkcode Wakeup.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
