/**
 * Await the readiness of any file descriptor, in Deno, Bun and Node on Linux.
 *
 * {@linkcode waitReadable}, {@linkcode waitWritable}, {@linkcode waitPriority} and
 * {@linkcode waitHangup} wait for one direction, {@linkcode waitReady} for several.
 * {@linkcode watch} calls you back until you close it, for C libraries. {@linkcode FdStream} also
 * reads and writes the descriptor, such as a socket from {@linkcode connectTcp} or
 * {@linkcode connectUnix}. All of them share the {@linkcode defaultManager}. Make an
 * {@linkcode EpollIOManager} if you run your own loop. {@linkcode Wakeup} is for events that have
 * no descriptor, such as a message from another Worker, and {@linkcode ExclusiveWaiter} for sockets
 * that several Workers share. System calls that open, read and write descriptors are in
 * `@fdready/fdready/os`.
 *
 * @example Waiting for a timer
 * ```ts
 * import { closeFd, waitReadable } from "@fdready/fdready";
 * import { read, timerfd } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const timer = timerfd({ initial: 10 }); // ms
 * await waitReadable(timer);
 * assertEquals(read(timer, new Uint8Array(8)), 8); // the number of expirations
 * closeFd(timer);
 * ```
 *
 * @module
 */

export { connectTcp } from "./src/connect/connect_tcp.ts";
export { connectUnix } from "./src/connect/connect_unix.ts";
export type { ConnectTcpOptions } from "./src/connect/options.ts";
export { ExclusiveWaiter, type ExclusiveWaiterOptions } from "./src/exclusive/exclusive_waiter.ts";

export {
  closeFd,
  defaultManager,
  notifyClosing,
  waitHangup,
  waitPriority,
  waitReadable,
  waitReady,
  waitWritable,
  watch,
} from "./src/manager/default_manager.ts";
export type { DriverName } from "./src/driver/driver.ts";
export { EpollIOManager } from "./src/manager/epoll_io_manager.ts";
export { BusyResourceError, ClosedResourceError } from "./src/manager/errors.ts";
export type { EpollEvent, EventList } from "./src/sys/epoll.ts";
export type { FdLike } from "./src/ffi/checks.ts";
export type {
  EpollIOManagerOptions,
  WaitOptions,
  WaitReadyOptions,
} from "./src/manager/options.ts";
export type { Interest, Readiness } from "./src/manager/readiness.ts";
export type { FdWatch } from "./src/manager/watch.ts";
export type { EpollStatistics } from "./src/manager/statistics.ts";
export { SystemError, type SystemErrorDetails } from "./src/ffi/errors.ts";
export { UnsupportedPlatformError } from "./src/runtime/errors.ts";
export { useLibc } from "./src/ffi/libc.ts";
export { FdStream } from "./src/stream/fd_stream.ts";
export type { FdStreamOptions } from "./src/stream/options.ts";
export { acceptAll } from "./src/os/connection.ts";
export { openWakeup, type RemoteWakeup, type WakeupHandle } from "./src/wakeup/handle.ts";
export { type SignalTarget, wakeOnSignal } from "./src/wakeup/signal.ts";
export { Wakeup } from "./src/wakeup/wakeup.ts";
