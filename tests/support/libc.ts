/** System calls that only tests need. */

import { checked, openMore, osLibc } from "../../src/ffi/libc.ts";
import type { SymbolTable } from "../../src/ffi/symbols.ts";
import { localPort } from "../../src/os/mod.ts";

const testSymbols = {
  // int ioctl(int fd, unsigned long op, void *argp)
  ioctl: { args: ["i32", "usize", "buffer"], returns: "i32" },
  // int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
  connect: { args: ["i32", "buffer", "u32"], returns: "i32" },
  // ssize_t send(int sockfd, const void *buf, size_t len, int flags)
  send: { args: ["i32", "buffer", "usize", "i32"], returns: "i32" },
  // int dup3(int oldfd, int newfd, int flags)
  dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
} as const satisfies SymbolTable;

const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_LINGER = 13;
const MSG_OOB = 1;
const O_CLOEXEC = 0o2000000;

let functions: ReturnType<typeof openMore<typeof testSymbols>> | undefined;

function libc() {
  return functions ??= openMore(testSymbols);
}

/** Makes partial writes to the socket `fd` likely. */
export function shrinkSendBuffer(fd: number): void {
  const size = new Int32Array([10_000]);
  checked(osLibc().setsockopt(fd, SOL_SOCKET, SO_SNDBUF, size, 4), "setsockopt", fd);
}

/** Lets the closing of the TCP socket `fd` reset the connection rather than end it. */
export function resetOnClose(fd: number): void {
  const linger = new Int32Array([1, 0]);
  checked(osLibc().setsockopt(fd, SOL_SOCKET, SO_LINGER, linger, 8), "setsockopt", fd);
}

/** Makes `number` stand for the file of `fd`, closing what it stood for. */
export function dupTo(fd: number, number: number): void {
  checked(libc().dup3(fd, number, O_CLOEXEC), "dup3", fd);
}

/** A blocking TCP connection to the listening socket `listener` on this machine. */
export function connectTo(listener: number): number {
  const fd = checked(osLibc().socket(2, 1 | O_CLOEXEC, 0), "socket");
  const port = localPort(listener);
  const address = new Uint8Array([2, 0, port >> 8, port & 0xff, 127, 0, 0, 1, ...Array(8).fill(0)]);
  checked(libc().connect(fd, address, address.length), "connect", fd);
  return fd;
}

/** Sends one byte of out-of-band data. */
export function sendOutOfBand(fd: number): void {
  checked(libc().send(fd, new Uint8Array([33]), 1n, MSG_OOB), "send", fd);
}

/** Puts the controller of a pseudo-terminal into packet mode. */
export function setPacketMode(controller: number): void {
  const TIOCPKT = 0x5420n;
  checked(libc().ioctl(controller, TIOCPKT, new Int32Array([1])), "ioctl", controller);
}

/** Throws away what a terminal has not read yet. */
export function flushInput(terminal: number): void {
  const TCFLSH = 0x540bn;
  checked(libc().ioctl(terminal, TCFLSH, null), "ioctl", terminal);
}
