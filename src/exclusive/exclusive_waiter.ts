/** The public class of an exclusive waiter. How it works is explained in `exclusive_core.ts`. */

import { checkBoolean, checkObject, type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { EPOLLET, EPOLLIN, EPOLLOUT } from "../ffi/constants.ts";
import { ClosedResourceError } from "../manager/errors.ts";
import type { WaitOptions } from "../manager/options.ts";
import { closeOnFinalization } from "../sys/finalization.ts";
import { ExclusiveCore, type ExclusiveFlags } from "./exclusive_core.ts";

/** Options for {@linkcode ExclusiveWaiter}. */
export interface ExclusiveWaiterOptions {
  /**
   * The direction to wait for.
   *
   * @default {"readable"}
   */
  readonly interest?: "readable" | "writable" | undefined;
  /**
   * Whether only new events wake the waiter (`EPOLLET`). Connections that you leave in the queue
   * after a wakeup are then not reported again. While there are any, this waiter doesn't notice
   * an event that another waiter has lost because it was terminated or too busy.
   *
   * @default {false}
   */
  readonly edgeTriggered?: boolean | undefined;
}

/**
 * Waits for a descriptor that other Workers or processes wait for too. An event wakes one of them
 * instead of all (`EPOLLEXCLUSIVE`). It is meant for a shared listening socket.
 *
 * After every wakeup, accept connections until none is left, as {@linkcode acceptAll} does.
 * Connections in quick succession may cause a single wakeup, while the other waiters sleep on.
 *
 * Create a waiter in each Worker or process. A waiter has two descriptors, and a thread while a
 * wait is pending. In Deno, this is one of the 32 threads in the isolate's pool. In Bun and Node,
 * it is a small Worker that stays until the waiter is closed. In Deno, 32 pending waits in one
 * isolate delay everything else that needs the pool, such as reading files and further waits, by up
 * to a second. Close the waiter before the descriptor. The garbage collector closes a waiter
 * without a pending wait that the program can no longer reach.
 *
 * An event isn't lost if it wakes a Worker that is being terminated or is too busy to notice.
 * Another waiter notices it within about a second.
 *
 * @example Accepting connections
 * ```ts
 * import { acceptAll, ExclusiveWaiter } from "@fdready/fdready";
 * import { close, connect, getsockname, listenTcp, socket } from "@fdready/fdready/os";
 * import { AF_INET, SOCK_STREAM } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = listenTcp("127.0.0.1", 0);
 * await using waiter = new ExclusiveWaiter(listener);
 * const client = socket(AF_INET, SOCK_STREAM);
 * connect(client, getsockname(listener));
 *
 * let accepted = 0;
 * for await (const _ of waiter) {
 *   for (const connection of acceptAll(listener)) {
 *     accepted++;
 *     close(connection);
 *   }
 *   if (accepted > 0) break;
 * }
 * assertEquals(accepted, 1);
 * close(client);
 * ```
 */
export class ExclusiveWaiter implements AsyncDisposable {
  readonly #core: ExclusiveCore;
  readonly #unregisterFinalizer: () => void;
  /** Kept from the garbage collector, which may close a descriptor together with its object. */
  readonly #source: FdLike;

  /**
   * Registers `fd` with its own epoll instance.
   *
   * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
   * @param options The direction to wait for, and the trigger mode.
   * @throws {SystemError} `EINVAL` if `fd` is an epoll descriptor, because the kernel doesn't
   * support `EPOLLEXCLUSIVE` for it; `EBADF` if it isn't open; `EPERM` if it is a regular file or a
   * directory; `ENOSPC` at the user's limit on registrations; `EMFILE` or `ENFILE` if no
   * descriptors are left.
   * @throws {TypeError} If `fd` isn't a descriptor, or an option has a wrong value.
   * @throws {UnsupportedPlatformError} If the platform isn't Linux, the runtime isn't supported, or
   * no usable C library is found.
   */
  constructor(fd: FdLike, options: ExclusiveWaiterOptions = {}) {
    const flags = parseOptions(options);
    this.#source = fd;
    this.#core = new ExclusiveCore(toFd(fd), flags);
    this.#unregisterFinalizer = closeOnFinalization(this, this.#core);
  }

  /** The descriptor that the waiter waits for. */
  get fd(): number {
    return this.#core.fd;
  }

  /**
   * Waits until an event wakes this waiter. Resolves at once if the descriptor is already ready.
   *
   * A resolved wait is a hint: others may have been faster. Accept connections until none is left,
   * then wait again. A pending wait keeps the process alive, unless the option `ref` is `false`.
   * Aborting a wait loses nothing: if the wakeup has already come, the next wait resolves at once.
   *
   * @param options A signal to cancel the wait, and whether it keeps the process alive.
   * @returns A promise that resolves at the wakeup.
   * @throws {BusyResourceError} If another wait on this waiter is pending.
   * @throws {ClosedResourceError} If the waiter is closed.
   * @throws {SystemError} `EBADF` some time after `fd` was closed.
   * @throws {TypeError} If an option has a wrong type.
   *
   * @example Waiting for a limited time
   * ```ts
   * import { ExclusiveWaiter, Wakeup } from "@fdready/fdready";
   * import { assertEquals } from "@std/assert";
   *
   * using wakeup = new Wakeup();
   * await using waiter = new ExclusiveWaiter(wakeup);
   * setTimeout(() => wakeup.wake(), 5);
   * await waiter.wait({ signal: AbortSignal.timeout(1000) });
   * assertEquals(wakeup.drain(), 1);
   * ```
   */
  wait(options?: WaitOptions): Promise<void> {
    return this.#core.wait(this, options);
  }

  /**
   * Waits repeatedly, with one iteration per wakeup. Each iteration is a hint, as with
   * {@linkcode ExclusiveWaiter.wait}. The iteration ends when the waiter is closed.
   *
   * If you call the methods yourself: `return()` ends a pending `next()`, and loses no wakeup. A
   * second `next()` while one is pending rejects with {@linkcode BusyResourceError}, as `wait`
   * does.
   *
   * @returns An iterator for `for await`. It throws the errors of `wait`, except when the waiter is
   * closed.
   */
  [Symbol.asyncIterator](): AsyncGenerator<void, void, void> {
    return new WakeupIterator((options) => this.wait(options));
  }

  /**
   * Ends the pending wait and closes what the waiter opened. `fd` stays open. Idempotent.
   *
   * The wait rejects with {@linkcode ClosedResourceError}, unless an event has already woken this
   * waiter. No other waiter knows about that event, so the wait resolves: accept its connections.
   *
   * @returns A promise that resolves when the thread has ended and the descriptors are closed.
   */
  close(): Promise<void> {
    this.#unregisterFinalizer();
    return this.#core.close();
  }

  /** Calls {@linkcode ExclusiveWaiter.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function parseOptions(options: ExclusiveWaiterOptions): ExclusiveFlags {
  const { interest = "readable", edgeTriggered = false } = checkObject("options", options);
  if (interest !== "readable" && interest !== "writable") {
    throw new TypeError(
      `The option interest must be "readable" or "writable", got ${inspectLine(interest)}`,
    );
  }
  return {
    interest: interest === "readable" ? EPOLLIN : EPOLLOUT,
    trigger: checkBoolean("option edgeTriggered", edgeTriggered) ? EPOLLET : 0,
  };
}

/**
 * Yields once per resolved wait, until the waiter is closed. `return()` of an async generator would
 * wait for the pending `next()`, which may never end.
 */
class WakeupIterator implements AsyncGenerator<void, void, void> {
  readonly #wait: (options: WaitOptions) => Promise<void>;
  readonly #end = new AbortController();

  constructor(wait: (options: WaitOptions) => Promise<void>) {
    this.#wait = wait;
  }

  async next(): Promise<IteratorResult<void, void>> {
    if (this.#end.signal.aborted) return { done: true, value: undefined };
    try {
      await this.#wait(this.#end);
      return { done: false, value: undefined };
    } catch (error) {
      const isEnd = error === this.#end.signal.reason || error instanceof ClosedResourceError;
      if (isEnd) return this.return();
      throw error;
    }
  }

  return(): Promise<IteratorResult<void, void>> {
    this.#end.abort();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(reason: unknown): Promise<IteratorResult<void, void>> {
    this.#end.abort();
    return Promise.reject(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
