/** The kind of file behind a descriptor. */

import {
  EBADF,
  EPERM,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFMT,
  S_IFSOCK,
  TIOCGPTN,
} from "../ffi/constants.ts";
import { describeFd } from "../ffi/errors.ts";
import { Epoll } from "./epoll.ts";
import { bindSymbols, lastErrno } from "../ffi/libc.ts";
import { fileTypeSymbols, type Functions } from "../ffi/symbols.ts";
import { thisArchitecture } from "./architecture.ts";

/**
 * The kinds of files that need different ways to keep a call from blocking.
 *
 * - `"stored"`: always ready, so that epoll_ctl(2) refuses it: a regular file, a directory, a disk,
 *   `/dev/null`.
 * - `"other"`: a device, the controller of a pseudo-terminal, a file such as `/proc/kmsg`, or an
 *   object without a place in the file system, such as an eventfd.
 */
export type FileType = "socket" | "pipe" | "terminal" | "stored" | "other";

const types: Readonly<Record<number, FileType>> = {
  [S_IFSOCK]: "socket",
  [S_IFBLK]: "stored",
  [S_IFDIR]: "stored",
  [S_IFIFO]: "pipe",
};

/** What `fd`, which is open, refers to. */
export function fileType(fd: number): FileType {
  const mode = readMode(fd);
  if (mode === undefined) return "other";
  if (mode === S_IFCHR && isTerminal(bindSymbols(fileTypeSymbols), fd)) return "terminal";
  return types[mode] ?? (isPollable(fd) ? "other" : "stored");
}

/**
 * Whether polling `fd` may take away an event that the file reports once, such as a change of
 * `/proc/self/mounts`. False for files that are known not to do that.
 */
export function mayReportOnce(fd: number): boolean {
  const mode = readMode(fd);
  if (mode === undefined && lastErrno() === EBADF) return false;
  if (mode === S_IFSOCK || mode === S_IFIFO) return false;
  if (mode === S_IFCHR) return bindSymbols(fileTypeSymbols).isatty(fd) !== 1;
  return !harmlessObjects.test(describeFd(fd) ?? "");
}

/** Objects without a place in the file system whose events stay until they are read. */
const harmlessObjects = /^anon_inode:(inotify|\[(eventfd|timerfd|signalfd|pidfd)\])$/;

function isTerminal({ isatty, ioctl }: Functions<typeof fileTypeSymbols>, fd: number): boolean {
  return isatty(fd) === 1 && ioctl(fd, BigInt(TIOCGPTN), new Int32Array(1)) === -1;
}

function isPollable(fd: number): boolean {
  const instance = new Epoll();
  try {
    return instance.add(fd, 0, 1) !== EPERM;
  } finally {
    instance[Symbol.dispose]();
  }
}

/** Reads the bits of `st_mode` that say what `fd` refers to. Undefined if fstat(2) fails. */
function readMode(fd: number): number | undefined {
  const layout = thisArchitecture().stat;
  const struct = new DataView(new ArrayBuffer(layout.length));
  return readStat(fd, struct) === -1 ? undefined : struct.getUint32(layout.mode, true) & S_IFMT;
}

/** Calls fstat(2), which fills `struct stat`. Returns -1 if it fails. */
export function readStat(fd: number, struct: DataView): number {
  const { syscalls } = thisArchitecture();
  return bindSymbols(fileTypeSymbols).syscall(syscalls.fstat, BigInt(fd), struct);
}
