/** The far end of a wakeup, in whichever isolate its handle has come to. */

import { signalEventfd } from "./eventfd.ts";
import { join, leave, type WakeupHandle } from "./ownership.ts";

/** Wakes a manager or a {@linkcode Wakeup} of another isolate. */
export interface RemoteWakeup extends Disposable {
  /**
   * Wakes the other side, from any thread, without blocking and without allocating. Does nothing if
   * this remote or the other side has been closed.
   */
  wake(): void;
  /** Lets go of the handle's descriptor. Idempotent. */
  close(): void;
}

/**
 * Opens a handle that {@linkcode Wakeup.handle} or {@linkcode EpollIOManager.wakeupHandle} made,
 * in this or any other isolate of the same process, as often as wanted.
 *
 * @param handle What arrived by `postMessage`.
 * @returns The remote; close it when it is no longer needed. If the other side closed before the
 * handle was opened, it is one that wakes nobody.
 * @throws {TypeError} If `handle` is no handle.
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
  return new Remote(handle, join(handle));
}

function isHandle(value: unknown): value is WakeupHandle {
  return typeof value === "object" && value !== null &&
    "fd" in value && Number.isInteger(value.fd) &&
    "users" in value && value.users instanceof SharedArrayBuffer && value.users.byteLength === 4;
}

class Remote implements RemoteWakeup {
  readonly #handle: WakeupHandle;
  #open: boolean;

  constructor(handle: WakeupHandle, open: boolean) {
    this.#handle = handle;
    this.#open = open;
  }

  wake(): void {
    if (this.#open) signalEventfd(this.#handle.fd);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    leave(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
