/** The public face of an exclusive waiter. What it does, and why, is in `exclusive_wait.ts`. */

import { closeWhenDropped } from "../ffi/dropped.ts";
import type { WaitOptions } from "../manager/wait_options.ts";
import { type FdLike, toFd } from "../ffi/fd_like.ts";
import { ExclusiveWait } from "./exclusive_wait.ts";
import { type ExclusiveWaiterOptions, flagsOf } from "./options.ts";
import { Turns } from "./turns.ts";

/**
 * Waits for a descriptor that other Workers or processes wait for too, so that an event wakes one of
 * them rather than all (`EPOLLEXCLUSIVE`). It is meant for a listening socket that several share.
 *
 * Every wakeup must be followed by accepting until there is nothing left, as {@linkcode acceptAll}
 * does: connections that come close together may cause one wakeup, and the others sleep on.
 *
 * Give each Worker or process a waiter of its own. It holds two descriptors, and a thread while
 * a wait is pending: one of the 32 of an isolate's pool in Deno, a small Worker in Bun, which stays.
 * In Deno more than 31 pending waits in one isolate hold up each other, and all else that needs the pool,
 * such as reading files, for up to a second at a time.
 * Close it before the descriptor. One that the program has dropped, with no wait pending, is closed by
 * the garbage collector.
 *
 * An event that wakes a Worker which at that moment is terminated, or too busy to notice, isn't lost:
 * if no further event comes, another one notices it within about a second.
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
  /** The object that was given: closed when it is dropped, it might be dropped before this. */
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
   * @throws {TypeError} If `fd` is no descriptor, or an option is none of its values.
   * @throws {UnsupportedPlatformError} Where this module can't work.
   */
  constructor(fd: FdLike, options: ExclusiveWaiterOptions = {}) {
    const flags = flagsOf(options);
    this.#source = fd;
    this.#wait = new ExclusiveWait(toFd(fd), flags);
    this.#kept = closeWhenDropped(this, this.#wait);
  }

  /** The descriptor that is waited for. */
  get fd(): number {
    return this.#wait.fd;
  }

  /**
   * Waits until this waiter is the one woken, or until there is something that was there before.
   *
   * To resolve is a hint: others may have been quicker. Accept until there is nothing left, then wait
   * again. A wait that is aborted loses nothing, even if the wakeup had come already: the next wait
   * resolves at once. While it is pending it keeps the process alive.
   *
   * @param options A signal that can end the wait.
   * @returns A promise that resolves, to nothing, at the wakeup.
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
   * Waits again and again: one turn for each wakeup, each of them a hint as with
   * {@linkcode ExclusiveWaiter.wait}. The iteration ends when the waiter is closed.
   *
   * By hand: `return()` ends a `next()` that is pending, which then is done, and loses no wakeup. As with
   * `wait`, a `next()` while another one is pending rejects with {@linkcode BusyResourceError}.
   *
   * @returns What `for await` takes. It throws what `wait` rejects with, but for the close.
   */
  [Symbol.asyncIterator](): AsyncGenerator<void, void, void> {
    return new Turns((options) => this.wait(options));
  }

  /**
   * Ends the pending wait and closes what the waiter has opened; `fd` stays open. Idempotent.
   *
   * The wait rejects with {@linkcode ClosedResourceError}, unless this waiter has been woken by then.
   * Nobody else has been, so the wait resolves after all, and its connections are still to be accepted.
   *
   * @returns A promise that resolves once the thread is gone and the descriptors are closed.
   */
  close(): Promise<void> {
    this.#kept();
    return this.#wait.close();
  }

  /** Does what {@linkcode ExclusiveWaiter.close} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
