/** The other end of a wakeup, in the isolate that received its handle. */

import { closeOnFinalization } from "../sys/finalization.ts";
import type { EventFd } from "../sys/eventfd.ts";
import { duplicate, type WakeupHandle } from "./handle.ts";

/** Wakes a manager or a {@linkcode Wakeup} of another isolate. */
export interface RemoteWakeup extends Disposable {
  /**
   * Wakes the other side, from any thread. Never blocks, and allocates nothing. Does nothing if
   * this remote or the other side is closed. The other side may wake before a message arrives that
   * you posted earlier, by `postMessage`.
   */
  wake(): void;
  /** Closes the remote's descriptor. Idempotent. */
  close(): void;
}

/**
 * Opens a handle that {@linkcode Wakeup.handle} or {@linkcode EpollIOManager.wakeupHandle} made.
 * Any isolate of the process can open it, any number of times.
 *
 * @param handle What arrived by `postMessage`.
 * @returns The remote. Close it when you no longer need it. If the other side is closed already,
 * the remote does nothing.
 * @throws {TypeError} If `handle` isn't a handle.
 * @throws {SystemError} `EMFILE` or `ENFILE`, if there are no descriptors left.
 *
 * @example Waking the main thread from a Worker
 * ```ts
 * import { openWakeup, Wakeup } from "@fdready/fdready";
 *
 * using wakeup = new Wakeup();
 * const handle = wakeup.handle(); // worker.postMessage(handle)
 *
 * using remote = openWakeup(handle); // in the Worker's message listener
 * remote.wake();
 * console.log(wakeup.drain()); // 1
 * ```
 */
export function openWakeup(handle: WakeupHandle): RemoteWakeup {
  if (!isHandle(handle)) {
    throw new TypeError("openWakeup() takes a handle made by handle() or wakeupHandle()");
  }
  return new Remote(duplicate(handle));
}

function isHandle(value: unknown): value is WakeupHandle {
  return typeof value === "object" && value !== null &&
    "fd" in value && Number.isInteger(value.fd) &&
    "thread" in value && Number.isInteger(value.thread) &&
    "closed" in value && value.closed instanceof SharedArrayBuffer &&
    value.closed.byteLength === 4;
}

class Remote implements RemoteWakeup {
  readonly #eventfd: EventFd | undefined;
  readonly #kept: (() => void) | undefined;

  /** The remote owns `eventfd`; without one it does nothing. */
  constructor(eventfd: EventFd | undefined) {
    this.#eventfd = eventfd;
    if (eventfd !== undefined) this.#kept = closeOnFinalization(this, eventfd);
  }

  wake(): void {
    this.#eventfd?.signal();
  }

  close(): void {
    this.#kept?.();
    this.#eventfd?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
