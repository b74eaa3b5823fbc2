/** The default manager of the isolate, and the functions that use it. */

import { type FdLike, readFdNumber, toFd } from "../ffi/checks.ts";
import { EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../ffi/constants.ts";
import { announceClosing, closeDescriptor } from "../sys/fd_table.ts";
import { EpollIOManager, getCore } from "./epoll_io_manager.ts";
import { ModuleLoad } from "./hot_reload.ts";
import type { ManagerCore } from "./manager_core.ts";
import type { WaitOptions, WaitReadyOptions } from "./options.ts";
import type { Interest, Readiness } from "./readiness.ts";
import { startWait, startWaitReady } from "./start_waits.ts";
import { RefusingOwner, type WaiterOwner } from "./waiter.ts";
import type { FdWatch } from "./watch.ts";

let manager: EpollIOManager | undefined;
/** The core of `manager`. */
let core: ManagerCore | undefined;
const load = new ModuleLoad(import.meta.url, {
  close: () => void manager?.close(),
  drop: () => {
    const dropped = core;
    manager = core = undefined;
    return dropped;
  },
});

/**
 * Returns the manager that {@linkcode waitReadable} and its siblings use.
 *
 * Each isolate has one, created at the first use. It doesn't keep the process alive while nothing
 * waits, and you don't need to close it. If you do, it stays closed.
 *
 * @returns The same manager each time.
 * @throws {SystemError} `EMFILE` or `ENFILE` if the first call finds no descriptors left.
 * @throws {UnsupportedPlatformError} If the platform isn't Linux, the runtime isn't supported, or
 * no usable C library is found.
 *
 * @example Counting pending waits
 * ```ts
 * import { defaultManager } from "@fdready/fdready";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(defaultManager().statistics().tasksWaitingRead, 0);
 * ```
 */
export function defaultManager(): EpollIOManager {
  if (manager === undefined) {
    manager = new EpollIOManager();
    core = getCore(manager);
    load.register();
  }
  return manager;
}

/** The owner of the default manager's waiters. The first call creates the manager. */
function getDefaultOwner(): WaiterOwner {
  try {
    return (core ?? getCore(defaultManager())).waiters;
  } catch (error) {
    return new RefusingOwner(error);
  }
}

/**
 * Waits until `fd` can be read without blocking, is at its end, or has an error.
 *
 * A resolved wait is a hint: read, and wait again if the read would block. A pending wait keeps the
 * process alive, unless the option `ref` is `false`. Aborting a wait loses neither data nor
 * readiness.
 *
 * @param fd The descriptor, as a number or an object with `fd` or `fileno()`. It should be
 * nonblocking.
 * @param options A signal to cancel the wait, and whether it keeps the process alive.
 * @returns A promise that resolves when `fd` is readable.
 * @throws {BusyResourceError} If another wait for `fd` to be readable is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the manager is closed.
 * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
 * which are always ready, `ENOSPC` at the user's limit on registrations.
 * @throws {TypeError} If `fd` isn't a descriptor.
 * @throws {UnsupportedPlatformError} If the platform isn't Linux, the runtime isn't supported, or
 * no usable C library is found.
 *
 * @example Waiting for a timer
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { closeFd, read, timerfd } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = timerfd({ initial: 10 });
 * await waitReadable(fd);
 * const expirations = new BigUint64Array(1);
 * read(fd, expirations);
 * assertEquals(expirations[0], 1n);
 * closeFd(fd);
 * ```
 */
export function waitReadable(fd: FdLike, options?: WaitOptions): Promise<void> {
  return startWait(getDefaultOwner(), fd, EPOLLIN, options);
}

/**
 * Waits until `fd` can be written without blocking, or has an error.
 *
 * A resolved wait is a hint: write, and wait again if the write would block. A pending wait keeps
 * the process alive, unless the option `ref` is `false`. Aborting a wait loses nothing.
 *
 * @param fd The descriptor, as a number or an object with `fd` or `fileno()`. It should be
 * nonblocking.
 * @param options A signal to cancel the wait, and whether it keeps the process alive.
 * @returns A promise that resolves when `fd` is writable.
 * @throws {BusyResourceError} If another wait for `fd` to be writable is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the manager is closed.
 * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
 * which are always ready, `ENOSPC` at the user's limit on registrations.
 * @throws {TypeError} If `fd` isn't a descriptor.
 * @throws {UnsupportedPlatformError} If the platform isn't Linux, the runtime isn't supported, or
 * no usable C library is found.
 *
 * @example Writing when there is room
 * ```ts
 * import { waitWritable } from "@fdready/fdready";
 * import { pipe, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [, writer] = pipe();
 * await waitWritable(writer);
 * assertEquals(write(writer, new TextEncoder().encode("hello")), 5);
 * ```
 */
export function waitWritable(fd: FdLike, options?: WaitOptions): Promise<void> {
  return startWait(getDefaultOwner(), fd, EPOLLOUT, options);
}

/**
 * Waits for an exceptional condition on `fd` (`EPOLLPRI`), or an error: out-of-band data on a TCP
 * socket, a packet-mode change on a pseudo-terminal, an edge on a GPIO `value` file, a change in
 * `/proc/self/mounts`, a pressure trigger of `/proc/pressure`.
 *
 * A resolved wait is a hint. A pending wait keeps the process alive, unless the option `ref` is
 * `false`.
 *
 * Some files report a condition only once: `mounts`, `mountinfo` and `mountstats` in `/proc/self`,
 * pressure triggers, `/proc/sys/kernel/hostname`. A change between two waits ends the second wait
 * at once. But anything that polls such an open file consumes the report: a `poll` in another
 * thread or process, a wait in another manager, a wait for another direction, a paused watch. A
 * report also gets lost if it comes just as you abort the wait, or in the microseconds between the
 * manager's last poll and its sleep. Therefore open the file separately, and use one wait at a
 * time. If a change must not be missed, use {@linkcode waitReady} with a timeout, and read the file
 * after each wait. In a Worker, the driver `"thread"` consumes most reports itself: if
 * `statistics().driver` shows it, use the driver `"manual"` or the main thread. Files that report
 * until you read them, such as GPIO files and sockets, have none of these limits.
 *
 * A file in `/proc/pressure` reports an error at once, and again and again, until a trigger has
 * been written to it.
 *
 * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param options A signal to cancel the wait, and whether it keeps the process alive.
 * @returns A promise that resolves when the condition occurs.
 * @throws {BusyResourceError} If another wait for an exceptional condition on `fd` is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the manager is closed.
 * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
 * which are always ready, `ENOSPC` at the user's limit on registrations.
 * @throws {TypeError} If `fd` isn't a descriptor.
 * @throws {UnsupportedPlatformError} If the platform isn't Linux, the runtime isn't supported, or
 * no usable C library is found.
 *
 * @example Waiting for a limited time
 * ```ts
 * import { waitPriority } from "@fdready/fdready";
 * import { O_RDONLY, open } from "@fdready/fdready/os";
 * import { assertRejects } from "@std/assert";
 *
 * const mounts = open("/proc/self/mounts", O_RDONLY); // until something is mounted
 * const signal = AbortSignal.timeout(5);
 * await assertRejects(() => waitPriority(mounts, { signal }), DOMException);
 * ```
 */
export function waitPriority(fd: FdLike, options?: WaitOptions): Promise<void> {
  return startWait(getDefaultOwner(), fd, EPOLLPRI, options);
}

/**
 * Waits until the peer of the socket `fd` has closed the connection or shut down its sending
 * direction (`EPOLLRDHUP`). Reads nothing: data that arrived before is still there.
 *
 * An error on `fd` resolves the wait as well, for example an ICMP error. An error doesn't mean that
 * the peer is gone. {@linkcode waitReady} with `{ hangup: true }` reports which of the two it was.
 *
 * A resolved wait is a hint. A pending wait keeps the process alive, unless the option `ref` is
 * `false`. Aborting a wait loses nothing.
 *
 * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param options A signal to cancel the wait, and whether it keeps the process alive.
 * @returns A promise that resolves when the peer is gone, or on an error.
 * @throws {BusyResourceError} If another wait for a hang-up of `fd` is pending.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the manager is closed.
 * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
 * which are always ready, `ENOSPC` at the user's limit on registrations.
 * @throws {TypeError} If `fd` isn't a descriptor.
 * @throws {UnsupportedPlatformError} If the platform isn't Linux, the runtime isn't supported, or
 * no usable C library is found.
 *
 * @example Noticing that a peer is gone
 * ```ts
 * import { waitHangup } from "@fdready/fdready";
 * import { close, read, socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [near, far] = socketpair();
 * const gone = waitHangup(near);
 * close(far);
 * await gone;
 * assertEquals(read(near, new Uint8Array(1)), 0);
 * ```
 */
export function waitHangup(fd: FdLike, options?: WaitOptions): Promise<void> {
  return startWait(getDefaultOwner(), fd, EPOLLRDHUP, options);
}

/**
 * Waits until one of several directions is ready, and returns the ready ones. libpq, libcurl,
 * sd-bus, GnuTLS and libssh2 need such waits. The wait counts as one for each of its directions,
 * but costs one registration.
 *
 * An error or a hang-up ends the wait, and makes the requested `readable`, `writable` and
 * `priority` ready. The fields `error` and `hangup` report which it was.
 *
 * A resolved wait is a hint. A pending wait keeps the process alive, unless the option `ref` is
 * `false`. Aborting a wait loses nothing, but the limits of {@linkcode waitPriority} apply to
 * `priority`.
 *
 * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param options The directions, a timeout in ms, a signal, and whether the wait keeps the process
 * alive. At least one direction or a timeout is required.
 * @returns A promise that resolves to the ready directions; all `false` if the timeout has expired.
 * @throws {BusyResourceError} If another wait or a watch has one of the directions.
 * @throws {ClosedResourceError} On {@linkcode notifyClosing}, or if the manager is closed.
 * @throws {RangeError} If `timeout` is negative or NaN.
 * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
 * which are always ready, `ENOSPC` at the user's limit on registrations.
 * @throws {TypeError} If `fd` isn't a descriptor, an option has a wrong type, or the options
 * contain neither a direction nor a timeout.
 * @throws {UnsupportedPlatformError} If the platform isn't Linux, the runtime isn't supported, or
 * no usable C library is found.
 *
 * @example Reading or writing, with a timeout
 * ```ts
 * import { waitReady } from "@fdready/fdready";
 * import { socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [fd] = socketpair();
 * const ready = await waitReady(fd, { readable: true, writable: true, timeout: 1000 });
 * assertEquals([ready.readable, ready.writable], [false, true]);
 * ```
 *
 * @example Distinguishing an error from a hang-up
 * ```ts
 * import { waitReady } from "@fdready/fdready";
 * import { close, socketpair } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [near, far] = socketpair();
 * close(far);
 * const ready = await waitReady(near, { hangup: true });
 * assertEquals([ready.hangup, ready.error], [true, false]);
 * ```
 */
export function waitReady(fd: FdLike, options: WaitReadyOptions): Promise<Readiness> {
  return startWaitReady(getDefaultOwner(), fd, options);
}

/**
 * Calls `listener` whenever one of the directions in `interest` is ready, until the watch is
 * closed. It is for C libraries, which change what they wait for: you can change, pause or close
 * the watch at any time, even in the listener.
 *
 * A watch is level-triggered: after the listener returns, it is called again while a direction is
 * ready. Its directions belong to the watch between events, too. An open watch keeps the process
 * alive, unless it is paused or its `unref()` was called. The listener runs in the async context
 * (`AsyncLocalStorage`) of the call of `watch`.
 *
 * An error that the listener throws is reported as an uncaught error, and the watch continues.
 * {@linkcode notifyClosing} and the manager's close end the watch. If its descriptor is closed
 * without either, the watch ends when that is noticed, with an uncaught error.
 *
 * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param interest The directions. A watch without any is paused.
 * @param listener Called with the ready directions.
 * @returns The watch.
 * @throws {BusyResourceError} If a wait or another watch has one of the directions.
 * @throws {ClosedResourceError} If the manager is closed.
 * @throws {SystemError} `EBADF` if `fd` isn't open, `EPERM` if it is a regular file or a directory,
 * which are always ready, `ENOSPC` at the user's limit on registrations.
 * @throws {TypeError} If `fd` isn't a descriptor, `interest` isn't an interest, or `listener` isn't
 * a function.
 * @throws {UnsupportedPlatformError} If the platform isn't Linux, the runtime isn't supported, or
 * no usable C library is found.
 *
 * @example Reading whenever there is data
 * ```ts
 * import { watch } from "@fdready/fdready";
 * import { pipe, read, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader, writer] = pipe();
 * const { promise, resolve } = Promise.withResolvers<number | undefined>();
 * using _watch = watch(reader, { readable: true }, () => {
 *   resolve(read(reader, new Uint8Array(64)));
 * });
 * write(writer, new Uint8Array(5));
 * assertEquals(await promise, 5);
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
 * Ends all waits for `fd` as {@linkcode notifyClosing} does, and closes the descriptor.
 *
 * @param fd The descriptor, as a number or an object with `fd` or `fileno()`.
 * @throws {SystemError} `EBADF` if `fd` isn't open, and other errors of close(2).
 * @throws {TypeError} If `fd` isn't a descriptor.
 *
 * @example Closing a descriptor that is waited for
 * ```ts
 * import { ClosedResourceError, closeFd, waitReadable } from "@fdready/fdready";
 * import { pipe } from "@fdready/fdready/os";
 * import { assertRejects } from "@std/assert";
 *
 * const [reader] = pipe();
 * const rejected = assertRejects(() => waitReadable(reader), ClosedResourceError);
 * closeFd(reader);
 * await rejected;
 * ```
 */
export function closeFd(fd: FdLike): void {
  const descriptor = toFd(fd);
  notifyClosing(descriptor);
  closeDescriptor(descriptor);
}

/**
 * Ends all waits of the default manager for `fd`, which is about to be closed: they reject with a
 * {@linkcode ClosedResourceError}. Call it before the close, or use {@linkcode closeFd}.
 *
 * Closing a descriptor without notice does no harm to waits for other descriptors, but its own
 * waits may stay pending forever.
 *
 * @param fd The descriptor, as a number or an object with `fd` or `fileno()`. Nothing happens if
 * nothing waits for it.
 * @throws {TypeError} If `fd` is neither a number nor an object with a number.
 *
 * @example Handing a descriptor to a library that closes it
 * ```ts
 * import { ClosedResourceError, notifyClosing, waitReadable } from "@fdready/fdready";
 * import { close, pipe } from "@fdready/fdready/os";
 * import { assertRejects } from "@std/assert";
 *
 * const [reader] = pipe();
 * const rejected = assertRejects(() => waitReadable(reader), ClosedResourceError);
 * notifyClosing(reader);
 * close(reader);
 * await rejected;
 * ```
 */
export function notifyClosing(fd: FdLike): void {
  const descriptor = readFdNumber(fd);
  // Streams listen even if nothing has used this manager yet.
  announceClosing(descriptor);
  core?.notifyClosing(descriptor);
  load.register();
  for (const previous of load.previousCores()) previous.notifyClosing(descriptor);
}
