/**
 * Handles: other isolates of the process use them to wake a manager or a {@linkcode Wakeup}.
 *
 * A handle contains the number of an eventfd, and the number may refer to another file later. So
 * opening a handle duplicates the descriptor. Until then, two things show whether the number still
 * refers to the eventfd. A word in shared memory is set when the eventfd is closed. A terminated
 * Worker can't set it, so the open file also has a mark: its owner is the thread that made it,
 * which the kernel forgets when the thread ends.
 */

import { inspectLine } from "../ffi/checks.ts";
import { EBADF, F_DUPFD_CLOEXEC } from "../ffi/constants.ts";
import { SystemError } from "../ffi/errors.ts";
import { libc } from "../ffi/libc.ts";
import { EventFd } from "../sys/eventfd.ts";
import { closeOnFinalization } from "../sys/finalization.ts";
import { currentThread, hasOwnerThread, setOwnerThread } from "../sys/thread.ts";

/**
 * Plain data with which another isolate of this process can wake a manager or a {@linkcode Wakeup}.
 * Send it with `postMessage`, and call {@linkcode openWakeup} there.
 */
export interface WakeupHandle {
  /** The eventfd. */
  readonly fd: number;
  /** The thread that made it. */
  readonly thread: number;
  /** One 32-bit word: 1 once the eventfd is closed. */
  readonly closed: SharedArrayBuffer;
}

/** Makes the handle for `eventfd`, which belongs to the calling thread. */
export function createHandle(eventfd: number): WakeupHandle {
  const thread = currentThread();
  setOwnerThread(eventfd, thread);
  return { fd: eventfd, thread, closed: new SharedArrayBuffer(4) };
}

/** Marks the eventfd of `handle` as closed, right before it is. */
export function markClosed(handle: WakeupHandle): void {
  Atomics.store(new Int32Array(handle.closed), 0, 1);
}

function isClosed(handle: WakeupHandle): boolean {
  return Atomics.load(new Int32Array(handle.closed), 0) === 1;
}

/** Duplicates the eventfd for the calling thread. Undefined if the other side is closed or gone. */
function duplicateEventfd(handle: WakeupHandle): EventFd | undefined {
  if (isClosed(handle) || !hasOwnerThread(handle.fd, handle.thread)) return undefined;
  let owned;
  try {
    const duplicate = () => libc().fcntl(handle.fd, F_DUPFD_CLOEXEC, 0);
    owned = new EventFd(duplicate, "fcntl", handle.fd);
  } catch (error) {
    if (error instanceof SystemError && error.errno === -EBADF) return undefined;
    throw error;
  }
  // The number may have come to refer to another file between the two calls. The duplicate then
  // stays open, because closing it would release the locks that the file's owner holds.
  if (!hasOwnerThread(owned.fd, handle.thread)) owned.release();
  else if (!isClosed(handle)) return owned;
  else owned.close();
}

/** Wakes a manager or a {@linkcode Wakeup} in another isolate. */
export interface RemoteWakeup extends Disposable {
  /**
   * Wakes the other side, from any thread. Never blocks, and allocates nothing. Does nothing if
   * this remote or the other side is closed. The other side may wake up before it receives a
   * message that you sent earlier with `postMessage`.
   */
  wake(): void;
  /** Closes the remote's descriptor. Idempotent. */
  close(): void;
}

/**
 * Opens a handle from {@linkcode Wakeup.handle} or {@linkcode EpollIOManager.wakeupHandle}.
 * Any isolate of the process can open it, any number of times.
 *
 * @param handle The handle, as it arrived with `postMessage`.
 * @returns The remote. Close it when you no longer need it. If the other side is closed already,
 * the remote does nothing.
 * @throws {TypeError} If `handle` isn't a handle.
 * @throws {SystemError} `EMFILE` or `ENFILE`, if there are no descriptors left.
 *
 * @example Waking the main thread from a Worker
 * ```ts
 * import { openWakeup, Wakeup } from "@fdready/fdready";
 * import { assertEquals } from "@std/assert";
 *
 * using wakeup = new Wakeup();
 * const handle = wakeup.handle(); // worker.postMessage(handle)
 *
 * using remote = openWakeup(handle); // in the Worker's message listener
 * remote.wake();
 * assertEquals(wakeup.drain(), 1);
 * ```
 */
export function openWakeup(handle: WakeupHandle): RemoteWakeup {
  if (!isHandle(handle)) {
    throw new TypeError(
      `Cannot open ${
        inspectLine(handle)
      } as a wakeup: expected a handle from handle() or wakeupHandle()`,
    );
  }
  return new Remote(duplicateEventfd(handle));
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
  readonly #unregisterFinalizer: (() => void) | undefined;

  /** Takes over `eventfd`. Without one it does nothing. */
  constructor(eventfd: EventFd | undefined) {
    this.#eventfd = eventfd;
    if (eventfd !== undefined) this.#unregisterFinalizer = closeOnFinalization(this, eventfd);
  }

  wake(): void {
    this.#eventfd?.signal();
  }

  close(): void {
    this.#unregisterFinalizer?.();
    this.#eventfd?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
