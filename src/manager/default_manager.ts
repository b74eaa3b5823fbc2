/** The isolate's default manager, and the functions that use it. */

import type { FdLike } from "../ffi/fd_like.ts";
import { EpollIOManager, type WaitOptions } from "./epoll_io_manager.ts";

let manager: EpollIOManager | undefined;

/**
 * The manager that {@linkcode waitReadable} and its siblings use, made on first use, one for each
 * isolate. It keeps nothing alive while nobody waits, and needs no closing. Once closed it stays so.
 *
 * @returns The same manager each time.
 * @throws {SystemError} `EMFILE` or `ENFILE`, if it has yet to be made and there are no descriptors
 * left.
 * @throws {UnsupportedPlatformError} Where this module can't work.
 *
 * @example
 * ```ts
 * import { defaultManager } from "@fdready/fdready";
 *
 * console.log(defaultManager().statistics().tasksWaitingRead); // 0
 * ```
 */
export function defaultManager(): EpollIOManager {
  return manager ??= openDefault();
}

/** Waits by a manager that has yet to be made. */
function first(wait: (manager: EpollIOManager) => Promise<void>): Promise<void> {
  try {
    return wait(defaultManager());
  } catch (error) {
    return Promise.reject(error);
  }
}

let openedBefore = false;

function openDefault(): EpollIOManager {
  const opened = new EpollIOManager();
  if (!openedBefore) {
    openedBefore = true;
    letGoOfPredecessor();
    // In Deno, a test file or a reload under `--watch` ends the isolate, but not the process.
    globalThis.addEventListener("unload", () => void manager?.close());
  }
  return opened;
}

/**
 * Bun's `--hot` loads this module anew into the same isolate, where the old one may live on. That lets
 * go of its manager, which so is closed once nobody waits by it, and opens another if it has to.
 */
function letGoOfPredecessor(): void {
  const slot = Symbol.for(`fdready: how to let go of the default manager of ${import.meta.url}`);
  const letGo: unknown = Reflect.get(globalThis, slot);
  if (typeof letGo === "function") letGo();
  Reflect.set(globalThis, slot, () => manager = undefined);
}

/**
 * Waits until `fd` can be read without blocking, is at its end, or has failed.
 *
 * To resolve is a hint: read, and if that says `EAGAIN`, wait again. A wait that is aborted loses
 * neither data nor the readiness for a later wait. While it is pending it keeps the process alive.
 *
 * @param fd The descriptor's number, or an object with `fd` or `fileno()`. It should be nonblocking.
 * @param options A signal that can end the wait.
 * @returns What resolves, to nothing, once `fd` is readable.
 * @throws {BusyResourceError} If another wait for `fd` to be readable is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the default manager is closed.
 * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
 * which are always ready, `ENOSPC` at the user's limit on registrations.
 * @throws {TypeError} If `fd` is no descriptor.
 * @throws {UnsupportedPlatformError} If this is not Linux, neither Deno nor Bun, or has no C library.
 *
 * @example
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { read, timerfd } from "@fdready/fdready/os";
 *
 * const fd = timerfd({ initial: 10 });
 * await waitReadable(fd);
 * const expirations = new BigUint64Array(1);
 * read(fd, new Uint8Array(expirations.buffer));
 * console.log(expirations[0]); // 1n
 * ```
 */
export function waitReadable(fd: FdLike, options?: WaitOptions): Promise<void> {
  return manager?.waitReadable(fd, options) ??
    first((manager) => manager.waitReadable(fd, options));
}

/**
 * Waits until `fd` can be written without blocking, or has failed.
 *
 * To resolve is a hint: write, and if that says `EAGAIN`, wait again. A wait that is aborted loses
 * nothing. While it is pending it keeps the process alive.
 *
 * @param fd The descriptor's number, or an object with `fd` or `fileno()`. It should be nonblocking.
 * @param options A signal that can end the wait.
 * @returns What resolves, to nothing, once `fd` is writable.
 * @throws {BusyResourceError} If another wait for `fd` to be writable is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the default manager is closed.
 * @throws {SystemError} As for {@linkcode waitReadable}.
 * @throws {TypeError} If `fd` is no descriptor.
 * @throws {UnsupportedPlatformError} If this is not Linux, neither Deno nor Bun, or has no C library.
 *
 * @example
 * ```ts
 * import { waitWritable } from "@fdready/fdready";
 * import { pipe, write } from "@fdready/fdready/os";
 *
 * const [, end] = pipe();
 * await waitWritable(end);
 * console.log(write(end, new TextEncoder().encode("hello"))); // 5
 * ```
 */
export function waitWritable(fd: FdLike, options?: WaitOptions): Promise<void> {
  return manager?.waitWritable(fd, options) ??
    first((manager) => manager.waitWritable(fd, options));
}

/**
 * Waits for an exceptional condition on `fd` (`EPOLLPRI`): out-of-band data on a TCP socket, a
 * packet-mode change on a pseudo-terminal, an edge on a GPIO `value` file.
 *
 * To resolve is a hint, and a wait that is aborted loses nothing. While it is pending it keeps the
 * process alive.
 *
 * @param fd The descriptor's number, or an object with `fd` or `fileno()`.
 * @param options A signal that can end the wait.
 * @returns What resolves, to nothing, once there is one.
 * @throws {BusyResourceError} If another such wait for `fd` is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the default manager is closed.
 * @throws {SystemError} As for {@linkcode waitReadable}.
 * @throws {TypeError} If `fd` is no descriptor.
 * @throws {UnsupportedPlatformError} If this is not Linux, neither Deno nor Bun, or has no C library.
 *
 * @example
 * ```ts
 * import { waitPriority } from "@fdready/fdready";
 * import { socketpair } from "@fdready/fdready/os";
 *
 * const [fd] = socketpair(); // a Unix socket, which never has one
 * const signal = AbortSignal.timeout(5);
 * await waitPriority(fd, { signal }).catch((error) => console.log(error.name)); // TimeoutError
 * ```
 */
export function waitPriority(fd: FdLike, options?: WaitOptions): Promise<void> {
  return manager?.waitPriority(fd, options) ??
    first((manager) => manager.waitPriority(fd, options));
}

/**
 * Announces that `fd` is about to be closed: whoever waits for it by the default manager gets a
 * {@linkcode ClosedResourceError}, and the kernel forgets it. Call it before the close.
 *
 * @param fd The descriptor, or what has one. Nothing happens if nobody has waited for it.
 * @throws {TypeError} If `fd` is neither a number nor an object that has one.
 *
 * @example
 * ```ts
 * import { notifyClosing, waitReadable } from "@fdready/fdready";
 * import { close, pipe } from "@fdready/fdready/os";
 *
 * const [fd] = pipe();
 * const waiting = waitReadable(fd).catch((error) => console.log(error.name)); // ClosedResourceError
 * notifyClosing(fd);
 * close(fd);
 * await waiting;
 * ```
 */
export function notifyClosing(fd: FdLike): void {
  manager?.notifyClosing(fd);
}
