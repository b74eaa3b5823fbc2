/**
 * Thin, synchronous system calls for programs that wait for file descriptors. Each descriptor that
 * they open is nonblocking and close-on-exec, a call that a signal interrupts is made again, and
 * each failure throws a `SystemError`. A call that would block returns `undefined`, unless its
 * documentation says otherwise.
 *
 * @example Wait for a pipe, then read it
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { close, pipe, read, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader, writer] = pipe();
 * write(writer, new TextEncoder().encode("hello"));
 * await waitReadable(reader);
 * assertEquals(read(reader, new Uint8Array(64)), 5);
 * for (const fd of [reader, writer]) close(fd);
 * ```
 *
 * @module
 */

export { closeFd } from "../manager/default_manager.ts";
export type { FdLike } from "../ffi/checks.ts";
export type { PathLike } from "../ffi/paths.ts";
export { inetAddress, parseAddress, type ParsedAddress, unixAddress } from "./address.ts";
export type { Stdio } from "./child_descriptors.ts";
export { accept, acceptAll, acceptFrom, shutdown } from "./connection.ts";
export * from "./control_constants.ts";
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
export * from "./event_constants.ts";
export { eventfd } from "./eventfd.ts";
export { close, dup, fcntl, setNonblocking } from "./fd.ts";
export {
  type FileStat,
  fstat,
  fsync,
  ftruncate,
  lseek,
  memfdCreate,
  mkfifo,
  open,
} from "./file.ts";
export * from "./file_constants.ts";
export { flock } from "./flock.ts";
export {
  inotify,
  inotifyAddWatch,
  type InotifyEvent,
  inotifyRmWatch,
  readInotify,
} from "./inotify.ts";
export { ioctl } from "./ioctl.ts";
export { lastError } from "./last_error.ts";
export { addressOf } from "./memory.ts";
export { type ExitStatus, pidfdOpen, sendSignal, waitPidfd } from "./pidfd.ts";
export { pipe, socketpair } from "./pipe.ts";
export { poll, type PollRequest } from "./poll.ts";
export { openpty, type Pty } from "./pty.ts";
export { pread, pwrite, read, write } from "./read_write.ts";
export { readv, writev } from "./readv_writev.ts";
export { type IncomingMessage, recvmsg, type RecvmsgOptions } from "./recvmsg.ts";
export { type OutgoingMessage, sendmsg } from "./sendmsg.ts";
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
export {
  getWindowSize,
  type NewWindowSize,
  setWindowSize,
  tcdrain,
  tcflush,
  tcgetpgrp,
  tcsendbreak,
  type WindowSize,
} from "./terminal.ts";
export * from "./terminal_constants.ts";
export { makeRaw, tcgetattr, tcsetattr, type Termios } from "./termios.ts";
export {
  timerfd,
  timerfdGettime,
  type TimerfdOptions,
  timerfdSettime,
  type TimerfdSettimeOptions,
  type TimerfdTime,
} from "./timerfd.ts";
