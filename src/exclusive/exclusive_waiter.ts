/** The public face of an exclusive waiter. What it does, and why, is in `exclusive_wait.ts`. */

import { closeOnFinalization } from "../sys/finalization.ts";
import type { WaitOptions } from "../manager/options.ts";
import { type FdLike, toFd } from "../ffi/checks.ts";
import { ExclusiveWait } from "./exclusive_wait.ts";
import { type ExclusiveWaiterOptions, flagsOf } from "./options.ts";
import { Turns } from "./turns.ts";

/**
 * Waits for a descriptor that other Workers or processes wait for too. An event wakes one of them
 * rather than all (`EPOLLEXCLUSIVE`). It is meant for a shared listening socket.
 *
 * After every wakeup, accept until no connection is left, as {@linkcode acceptAll} does.
 * Connections that come close together may cause a single wakeup, while the other waiters sleep on.
 *
 * Give each Worker or process a waiter of its own. A waiter holds two descriptors, and a thread
 * while a wait is pending: in Deno one of the 32 threads of the isolate's pool, in Bun a small
 * Worker, which stays. In Deno, more than 31 pending waits in one isolate delay each other, and
 * everything else that needs the pool, such as reading files, by up to a second. Close the waiter
 * before the descriptor. The garbage collector closes a waiter that the program can no longer reach
 * and that has no pending wait.
 *
 * If an event wakes a Worker that is being terminated, or is too busy to notice, the event isn't
 * lost: another waiter notices it within about a second.
 *
 * @example
 * ```ts
 * import { acceptAll, ExclusiveWaiter } from "@fdready/fdready";
 * import { close, listenTcp } from "@fdready/fdready/os";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * const waiter = new ExclusiveWaiter(listener);
 * setTimeout(() => waiter.close(), 10);
 *
 * for await (const _ of waiter) {
 *   for (const connection of acceptAll(listener)) close(connection);
 * }
 * close(listener);
 * ```
 */
export class ExclusiveWaiter implements AsyncDisposable {
  readonly #wait: ExclusiveWait;
  readonly #kept: () => void;
  /**
   * The object that was given. It is kept since the garbage collector may close its descriptor
   * otherwise.
   */
  readonly #source: FdLike;

  /**
   * Registers `fd` with an epoll instance of its own.
   *
   * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
   * @param options What to wait for, and how.
   * @throws {SystemError} `EINVAL` if `fd` is an epoll descriptor, for which the kernel refuses
   * `EPOLLEXCLUSIVE`; `EBADF` if it isn't open; `EPERM` if it is a regular file or a directory;
   * `ENOSPC` at the user's limit on registrations; `EMFILE` or `ENFILE`, if there are no descriptors
   * left.
   * @throws {TypeError} If `fd` isn't a descriptor, or an option has a wrong value.
   * @throws {UnsupportedPlatformError} Where this module can't work.
   */
  constructor(fd: FdLike, options: ExclusiveWaiterOptions = {}) {
    const flags = flagsOf(options);
    this.#source = fd;
    this.#wait = new ExclusiveWait(toFd(fd), flags);
    this.#kept = closeOnFinalization(this, this.#wait);
  }

  /** The descriptor that is waited for. */
  get fd(): number {
    return this.#wait.fd;
  }

  /**
   * Waits until an event wakes this waiter. Resolves at once if the descriptor is ready already.
   *
   * A resolved wait is a hint: others may have been quicker. Accept until no connection is left,
   * then wait again. Aborting a wait loses nothing: if the wakeup had come already, the next wait
   * resolves at once. A pending wait keeps the process alive.
   *
   * @param options A signal that can end the wait.
   * @returns A promise that resolves at the wakeup.
   * @throws {BusyResourceError} If another wait on this waiter is pending.
   * @throws {ClosedResourceError} If the waiter is closed.
   * @throws {SystemError} `EBADF`, some time after `fd` was closed.
   *
   * @example
   * ```ts
   * import { ExclusiveWaiter, Wakeup } from "@fdready/fdready";
   *
   * using wakeup = new Wakeup();
   * await using waiter = new ExclusiveWaiter(wakeup);
   * setTimeout(() => wakeup.wake(), 5);
   * await waiter.wait({ signal: AbortSignal.timeout(1000) });
   * ```
   */
  wait(options?: WaitOptions): Promise<void> {
    return this.#wait.wait(this, options);
  }

  /**
   * Waits again and again, with one iteration for each wakeup. Each is a hint, as with
   * {@linkcode ExclusiveWaiter.wait}. The iteration ends when the waiter is closed.
   *
   * If you call the methods yourself: `return()` ends a pending `next()`, and loses no wakeup. A
   * `next()` while another one is pending rejects with {@linkcode BusyResourceError}, as `wait`
   * does.
   *
   * @returns An iterator for `for await`. It throws what `wait` rejects with, except when the
   * waiter is closed.
   */
  [Symbol.asyncIterator](): AsyncGenerator<void, void, void> {
    return new Turns((options) => this.wait(options));
  }

  /**
   * Ends the pending wait and closes what the waiter opened. `fd` stays open. Idempotent.
   *
   * The wait rejects with {@linkcode ClosedResourceError}, unless an event has woken this waiter
   * already. No other waiter knows of that event, so the wait resolves: accept its connections.
   *
   * @returns A promise that resolves once the thread is gone and the descriptors are closed.
   */
  close(): Promise<void> {
    this.#kept();
    return this.#wait.close();
  }

  /** The same as {@linkcode ExclusiveWaiter.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
