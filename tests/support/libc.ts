/** System calls that only tests need. */

import { cString } from "../../src/ffi/checks.ts";
import { bindSymbols, osLibc } from "../../src/ffi/libc.ts";
import { throwIfFailed } from "../../src/ffi/results.ts";
import { pollSymbols, type SymbolTable } from "../../src/ffi/symbols.ts";
import { accept, localPort } from "../../src/os/mod.ts";
import { spinUntil } from "./event_loop.ts";

const testSymbols = {
  ...pollSymbols,
  // int ioctl(int fd, unsigned long op, void *argp)
  ioctl: { args: ["i32", "usize", "buffer"], returns: "i32" },
  // int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
  connect: { args: ["i32", "buffer", "u32"], returns: "i32" },
  // ssize_t send(int sockfd, const void *buf, size_t len, int flags)
  send: { args: ["i32", "buffer", "usize", "i32"], returns: "i32" },
  // int mkfifo(const char *pathname, mode_t mode)
  mkfifo: { args: ["buffer", "u32"], returns: "i32" },
  // int dup3(int oldfd, int newfd, int flags)
  dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
  // int getrlimit(int resource, struct rlimit *rlim)
  getrlimit: { args: ["i32", "buffer"], returns: "i32" },
  // int setrlimit(int resource, const struct rlimit *rlim)
  setrlimit: { args: ["i32", "buffer"], returns: "i32" },
  // int setuid(uid_t uid)
  setuid: { args: ["u32"], returns: "i32" },
  // int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
  pthread_key_create: { args: ["buffer", "usize"], returns: "i32" },
  // int pthread_key_delete(pthread_key_t key)
  pthread_key_delete: { args: ["u32"], returns: "i32" },
} as const satisfies SymbolTable;

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const RLIMIT_NOFILE = 7;
const SO_LINGER = 13;
const MSG_OOB = 1;
const O_CLOEXEC = 0o2000000;

let functions: ReturnType<typeof bindSymbols<typeof testSymbols>> | undefined;

function libc() {
  return functions ??= bindSymbols(testSymbols);
}

/** Makes partial writes to the socket `fd` likely. */
export function shrinkSendBuffer(fd: number): void {
  shrinkBuffer(fd, SO_SNDBUF);
}

/** Makes the peer of the socket `fd` wait for it earlier. */
export function shrinkReceiveBuffer(fd: number): void {
  shrinkBuffer(fd, SO_RCVBUF);
}

function shrinkBuffer(fd: number, option: number): void {
  const size = new Int32Array([10_000]);
  throwIfFailed(osLibc().setsockopt(fd, SOL_SOCKET, option, size, 4), "setsockopt", fd);
}

/** Makes close(2) reset the connection of the TCP socket `fd`. */
export function resetOnClose(fd: number): void {
  const linger = new Int32Array([1, 0]);
  throwIfFailed(osLibc().setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, 8), "setsockopt", fd);
}

/** Makes `to` refer to the open file of `from`, as dup2(2) does. */
export function dupTo(from: number, to: number): void {
  throwIfFailed(libc().dup3(from, to, O_CLOEXEC), "dup3", from);
}

/** Opens a datagram socket. */
export function createDatagramSocket(): number {
  const [AF_UNIX, SOCK_DGRAM] = [1, 2];
  return throwIfFailed(osLibc().socket(AF_UNIX, SOCK_DGRAM | O_CLOEXEC, 0), "socket");
}

/** Creates a FIFO at `path`. */
export function makeFifo(path: string): void {
  throwIfFailed(libc().mkfifo(cString(path), 0o600), "mkfifo");
}

/** Opens a blocking TCP connection to the listening socket `listener`. */
export function connectTo(listener: number): number {
  const fd = throwIfFailed(osLibc().socket(2, 1 | O_CLOEXEC, 0), "socket");
  const port = localPort(listener);
  const address = new Uint8Array([2, 0, port >> 8, port & 0xff, 127, 0, 0, 1, ...Array(8).fill(0)]);
  throwIfFailed(libc().connect(fd, address, address.length), "connect", fd);
  return fd;
}

/**
 * Accepts a connection. It may be queued a moment after connect(2) has returned, when the kernel
 * gets to the last packet of the handshake.
 */
export function acceptFrom(listener: number): number {
  let fd: number | undefined;
  const isAccepted = () => (fd = accept(listener)) !== undefined;
  spinUntil(isAccepted, () => new Error("No connection comes"));
  return fd!;
}

/** Sends one byte of out-of-band data. */
export function sendOutOfBand(fd: number): void {
  throwIfFailed(libc().send(fd, new Uint8Array([33]), 1n, MSG_OOB), "send", fd);
}

/** Puts the controller of a pseudo-terminal into packet mode. */
export function setPacketMode(controller: number): void {
  const TIOCPKT = 0x5420n;
  throwIfFailed(libc().ioctl(controller, TIOCPKT, new Int32Array([1])), "ioctl", controller);
}

/** Discards a terminal's unread input. */
export function flushInput(terminal: number): void {
  const TCFLSH = 0x540bn;
  throwIfFailed(libc().ioctl(terminal, TCFLSH, null), "ioctl", terminal);
}

/** Switches off echo, line editing and all other processing of a terminal. */
export function makeRaw(terminal: number): void {
  const TCSETS = 0x5402n;
  // struct termios: four words of flags, a line discipline and 19 control characters.
  const termios = new Uint32Array(15);
  const CS8_CREAD_B38400 = 0o60 | 0o200 | 0o17;
  termios[2] = CS8_CREAD_B38400;
  // VMIN: a read returns at least one byte, or would block.
  new Uint8Array(termios.buffer)[17 + 6] = 1;
  throwIfFailed(libc().ioctl(terminal, TCSETS, termios), "ioctl", terminal);
}

/** Sets the timer `fd` to expire after `milliseconds`. 0 stops it. */
export function setTimer(fd: number, milliseconds: number): void {
  const spec = new BigInt64Array([0n, 0n, 0n, BigInt(milliseconds) * 1_000_000n]);
  throwIfFailed(osLibc().timerfd_settime(fd, 0, spec, null), "timerfd_settime", fd);
}

/** What poll(2) reports for each of `fds` now, without blocking. */
export function poll(fds: readonly number[]): number[] {
  // POLLIN, POLLPRI, POLLOUT and POLLRDHUP
  const everything = 0x2007;
  // struct pollfd: a descriptor, then the requested and the returned events, 16 bits each.
  const words = new Int32Array(fds.flatMap((fd) => [fd, everything]));
  throwIfFailed(libc().poll(words, BigInt(fds.length), 0), "poll");
  return fds.map((_, index) => words[2 * index + 1]! >>> 16);
}

/** Whether `fd` is open. */
export function isOpen(fd: number): boolean {
  const POLLNVAL = 0x020;
  return (poll([fd])[0]! & POLLNVAL) === 0;
}

/** The number of thread-specific keys that the process can still create. */
export function countFreeKeys(): number {
  const { pthread_key_create, pthread_key_delete } = libc();
  const key = new Uint32Array(1);
  const made: number[] = [];
  while (pthread_key_create(key, 0n) === 0) made.push(key[0]!);
  for (const one of made) pthread_key_delete(one);
  return made.length;
}

/** The limit on this process's descriptors. */
export function descriptorLimit(): { soft: number; hard: number } {
  const [soft, hard] = limits();
  return { soft: Number(soft), hard: Number(hard) };
}

/** Sets the soft limit on this process's descriptors. */
export function setDescriptorLimit(soft: number): void {
  const wanted = limits();
  wanted[0] = BigInt(soft);
  throwIfFailed(libc().setrlimit(RLIMIT_NOFILE, wanted), "setrlimit");
}

/** Becomes another user, permanently. */
export function becomeUser(uid: number): void {
  throwIfFailed(libc().setuid(uid), "setuid");
}

/** A `struct rlimit`: the soft limit and the hard one. */
function limits(): BigUint64Array<ArrayBuffer> {
  const words = new BigUint64Array(2);
  throwIfFailed(libc().getrlimit(RLIMIT_NOFILE, words), "getrlimit");
  return words;
}
