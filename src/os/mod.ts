/**
 * Thin, synchronous system calls for programs that wait for file descriptors. Each descriptor that
 * they open is nonblocking and close-on-exec, and each failure throws a `SystemError`.
 *
 * @example
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { close, pipe, read, write } from "@fdready/fdready/os";
 *
 * const [from, to] = pipe();
 * write(to, new TextEncoder().encode("hello"));
 * await waitReadable(from);
 * console.log(read(from, new Uint8Array(64))); // 5
 * close(from);
 * close(to);
 * ```
 *
 * @module
 */

export type { FdLike } from "../ffi/checks.ts";
export { inetAddress, parseAddress, type ParsedAddress, unixAddress } from "./address.ts";
export { close, dup, setNonblocking } from "./fd.ts";
export { open } from "./file.ts";
export { read, write } from "./read_write.ts";
export { accept, acceptAll, shutdown } from "./connection.ts";
export { flock } from "./flock.ts";
export { inotify, inotifyAddWatch, type InotifyEvent, readInotify } from "./inotify.ts";
export * from "./event_constants.ts";
export { ioctl } from "./ioctl.ts";
export { lastError } from "./last_error.ts";
export * from "./file_constants.ts";
export { type ExitStatus, pidfdOpen, sendSignal, waitPidfd } from "./pidfd.ts";
export { pipe, socketpair } from "./pipe.ts";
export { openpty, type Pty } from "./pty.ts";
export { type IncomingMessage, recvmsg, type RecvmsgOptions } from "./recvmsg.ts";
export { type OutgoingMessage, sendmsg } from "./sendmsg.ts";
export type { ControlMessage } from "../sys/control_messages.ts";
export {
  type Credentials,
  type ExtendedError,
  type PacketInfo,
  parseCredentials,
  parseExtendedError,
  parsePacketInfo,
  parseSegmentSize,
  parseTimestamps,
  type Timestamps,
} from "./control_messages.ts";
export * from "./control_constants.ts";
export {
  bind,
  connect,
  getpeername,
  getsockname,
  listen,
  listenTcp,
  type ListenTcpOptions,
  listenUnix,
  localPort,
  socket,
} from "./socket.ts";
export * from "./socket_constants.ts";
export { getsockopt, setsockopt, socketError } from "./socket_options.ts";
export { spawn, type SpawnedProcess, type SpawnOptions } from "./spawn.ts";
export type { Stdio } from "./child_descriptors.ts";
export { makeRaw, tcflush, tcgetattr, tcsetattr, type Termios } from "./termios.ts";
export * from "./terminal_constants.ts";
export { timerfd, type TimerfdOptions } from "./timerfd.ts";
export { readv, writev } from "./readv_writev.ts";
