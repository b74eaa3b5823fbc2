/** The isolate's default manager, and the functions that use it. */

import { closeDescriptor } from "../sys/fd_table.ts";
import { type FdLike, readFdNumber, toFd } from "../ffi/checks.ts";
import { EpollIOManager, registryOf } from "./epoll_io_manager.ts";
import type { Registry } from "./registry.ts";
import type { Interest, Readiness } from "./readiness.ts";
import type { WaitOptions, WaitReadyOptions } from "./options.ts";
import type { FdWatch } from "./watch.ts";

let manager: EpollIOManager | undefined;

/**
 * Returns the manager that {@linkcode waitReadable} and its siblings use. Each isolate has one,
 * made on first use. It doesn't keep the process alive while nothing waits, and you needn't close
 * it. If you do, it stays closed.
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
function first<T>(wait: (manager: EpollIOManager) => Promise<T>): Promise<T> {
  try {
    return wait(defaultManager());
  } catch (error) {
    return Promise.reject(error);
  }
}

function openDefault(): EpollIOManager {
  const opened = new EpollIOManager();
  findPredecessors();
  return opened;
}

/** The default managers of earlier loads of this module, as long as they have waits. */
let predecessors: Set<WeakRef<Registry>> | undefined;

/**
 * Bun's `--hot` loads this module anew into the same isolate, where the old one may live on. That lets
 * go of its manager, which so is closed once nobody waits by it, and opens another if it has to.
 */
function findPredecessors(): Set<WeakRef<Registry>> {
  if (predecessors !== undefined) return predecessors;
  const slot = Symbol.for(`fdready: how to let go of the default manager of ${import.meta.url}`);
  const letGo: unknown = Reflect.get(globalThis, slot);
  const found: Set<WeakRef<Registry>> = typeof letGo === "function" ? letGo() : new Set();
  Reflect.set(globalThis, slot, () => {
    if (manager !== undefined) found.add(new WeakRef(registryOf(manager)));
    manager = undefined;
    return found;
  });
  // In Deno, a test file or a reload under `--watch` ends the isolate, but not the process.
  globalThis.addEventListener("unload", () => void manager?.close());
  return predecessors = found;
}

/**
 * Waits until `fd` can be read without blocking, is at its end, or has failed.
 *
 * A resolved wait is a hint: read, and wait again if the read would block. Aborting a wait loses
 * neither data nor readiness. A pending wait keeps the process alive.
 *
 * @param fd The descriptor's number, or an object with `fd` or `fileno()`. It should be nonblocking.
 * @param options A signal that can end the wait.
 * @returns A promise that resolves once `fd` is readable.
 * @throws {BusyResourceError} If another wait for `fd` to be readable is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the default manager is closed.
 * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
 * which are always ready, `ENOSPC` at the user's limit on registrations.
 * @throws {TypeError} If `fd` isn't a descriptor.
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
 * A resolved wait is a hint: write, and wait again if the write would block. Aborting a wait loses
 * nothing. A pending wait keeps the process alive.
 *
 * @param fd The descriptor's number, or an object with `fd` or `fileno()`. It should be nonblocking.
 * @param options A signal that can end the wait.
 * @returns A promise that resolves once `fd` is writable.
 * @throws {BusyResourceError} If another wait for `fd` to be writable is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the default manager is closed.
 * @throws {SystemError} As for {@linkcode waitReadable}.
 * @throws {TypeError} If `fd` isn't a descriptor.
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
 * A resolved wait is a hint. Aborting a wait loses nothing. A pending wait keeps the process
 * alive.
 *
 * @param fd The descriptor's number, or an object with `fd` or `fileno()`.
 * @param options A signal that can end the wait.
 * @returns A promise that resolves once there is one.
 * @throws {BusyResourceError} If another such wait for `fd` is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the default manager is closed.
 * @throws {SystemError} As for {@linkcode waitReadable}.
 * @throws {TypeError} If `fd` isn't a descriptor.
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
 * Waits until the peer of the socket `fd` has gone away, or has shut down its sending direction
 * (`EPOLLRDHUP`), or `fd` has failed. Reads nothing: data that came before is still there.
 *
 * A resolved wait is a hint. Aborting a wait loses nothing.
 *
 * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
 * @param options A signal that can end the wait, and whether it keeps the process alive.
 * @returns A promise that resolves once the peer is gone.
 * @throws {BusyResourceError} If another such wait for `fd` is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the default manager is closed.
 * @throws {SystemError} As for {@linkcode waitReadable}.
 * @throws {TypeError} If `fd` isn't a descriptor.
 * @throws {UnsupportedPlatformError} If this is not Linux, neither Deno nor Bun, or has no C library.
 *
 * @example
 * ```ts
 * import { waitHangup } from "@fdready/fdready";
 * import { close, socketpair } from "@fdready/fdready/os";
 *
 * const [one, other] = socketpair();
 * const gone = waitHangup(one);
 * close(other);
 * await gone;
 * ```
 */
export function waitHangup(fd: FdLike, options?: WaitOptions): Promise<void> {
  return manager?.waitHangup(fd, options) ?? first((manager) => manager.waitHangup(fd, options));
}

/**
 * Waits until one of several directions is ready, and tells which. libpq, libcurl, sd-bus, GnuTLS
 * and libssh2 ask for such waits. It needs one registration, however many directions it asks for.
 *
 * A resolved wait is a hint. Aborting a wait loses nothing. An error or a hang-up of `fd` makes
 * all directions ready that were asked for.
 *
 * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
 * @param options The directions, a timeout in ms, a signal, and whether the wait keeps the process
 * alive. Give at least one direction, or a timeout.
 * @returns A promise that resolves to what is ready; all `false` if the timeout has expired.
 * @throws {BusyResourceError} If another wait or a watch has one of the directions.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the default manager is closed.
 * @throws {RangeError} If `timeout` is negative or NaN.
 * @throws {SystemError} As for {@linkcode waitReadable}.
 * @throws {TypeError} If `fd` isn't a descriptor, or nothing is waited for.
 * @throws {UnsupportedPlatformError} If this is not Linux, neither Deno nor Bun, or has no C library.
 *
 * @example
 * ```ts
 * import { waitReady } from "@fdready/fdready";
 * import { pipe } from "@fdready/fdready/os";
 *
 * const [fd] = pipe();
 * const ready = await waitReady(fd, { readable: true, timeout: 5 });
 * console.log(ready.readable); // false: the timeout has expired
 * ```
 */
export function waitReady(fd: FdLike, options: WaitReadyOptions): Promise<Readiness> {
  return manager?.waitReady(fd, options) ?? first((manager) => manager.waitReady(fd, options));
}

/**
 * Calls `listener` whenever one of the directions in `interest` is ready, until the watch is
 * closed. It is for C libraries, which change what they wait for: you can change, pause or close
 * the watch at any time, even in the listener. {@linkcode EpollIOManager.watch} has the details.
 *
 * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
 * @param interest The directions. With none the watch is paused.
 * @param listener Is called with what is ready.
 * @returns The watch. It keeps the process alive, unless it is paused or its `unref()` was called.
 * @throws {BusyResourceError} If a wait or another watch has one of the directions.
 * @throws {ClosedResourceError} If the default manager is closed.
 * @throws {SystemError} As for {@linkcode waitReadable}.
 * @throws {TypeError} If `fd` isn't a descriptor, `interest` isn't an interest, or `listener`
 * isn't a function.
 * @throws {UnsupportedPlatformError} If this is not Linux, neither Deno nor Bun, or has no C library.
 *
 * @example
 * ```ts
 * import { watch } from "@fdready/fdready";
 * import { pipe, read, write } from "@fdready/fdready/os";
 *
 * const [from, to] = pipe();
 * const watched = watch(from, { readable: true }, () => {
 *   console.log(read(from, new Uint8Array(64))); // 5
 *   watched.close();
 * });
 * write(to, new Uint8Array(5));
 * ```
 */
export function watch(
  fd: FdLike,
  interest: Interest,
  listener: (ready: Readiness) => void,
): FdWatch {
  return defaultManager().watch(fd, interest, listener);
}

/**
 * Announces that `fd` is about to be closed, as {@linkcode notifyClosing} does, and closes it.
 *
 * @param fd A descriptor, or an object with an `fd` or a `fileno()`.
 * @throws {SystemError} As close(2): `EBADF` if it isn't open.
 * @throws {TypeError} If `fd` isn't a descriptor.
 *
 * @example
 * ```ts
 * import { closeFd, waitReadable } from "@fdready/fdready";
 * import { pipe } from "@fdready/fdready/os";
 *
 * const [fd] = pipe();
 * const waiting = waitReadable(fd).catch((error) => console.log(error.name)); // ClosedResourceError
 * closeFd(fd);
 * await waiting;
 * ```
 */
export function closeFd(fd: FdLike): void {
  const number = toFd(fd);
  notifyClosing(number);
  closeDescriptor(number);
}

/**
 * Announces that `fd` is about to be closed: all waits of the default manager for it reject with a
 * {@linkcode ClosedResourceError}, and the kernel forgets it. Call it before the close.
 *
 * @param fd A descriptor, or an object with an `fd` or a `fileno()`. Nothing happens if nothing
 * waits for it.
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
  const number = readFdNumber(fd);
  manager?.notifyClosing(number);
  const earlier = findPredecessors();
  for (const reference of earlier) {
    const registry = reference.deref();
    if (registry === undefined) earlier.delete(reference);
    else registry.forget(number);
  }
}
