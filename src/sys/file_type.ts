/** The kind of file behind a descriptor. */

import { EPERM, TIOCGPTN } from "../ffi/constants.ts";
import { Epoll } from "./epoll.ts";
import { bindSymbols } from "../ffi/libc.ts";
import { architecture } from "../runtime/runtime.ts";
import { fileTypeSymbols, type Functions } from "../ffi/symbols.ts";

/**
 * The kinds of files that differ in how to keep from blocking: `"stored"` is what epoll_ctl(2) refuses,
 * since it is always ready or passes for it, such as a file, a folder, a disk or `/dev/null`; `"other"` a
 * device, the controller of a pseudo-terminal included, a file in /proc that has to be waited for, such
 * as `/proc/kmsg`, or an object that has no place in the file system, such as an eventfd.
 */
export type FileType = "socket" | "pipe" | "terminal" | "stored" | "other";

const S_IFMT = 0o170000;
const types: ReadonlyMap<number, FileType> = new Map([
  [0o140000, "socket"],
  [0o060000, "stored"],
  [0o040000, "stored"],
  [0o010000, "pipe"],
]);
const S_IFCHR = 0o020000;

/** The number of fstat(2), and where `struct stat` has `st_mode`. */
const layouts = { x64: { SYS_fstat: 5n, mode: 24 }, others: { SYS_fstat: 80n, mode: 16 } } as const;

/** What `fd`, which is open, stands for. */
export function fileType(fd: number): FileType {
  const functions = bindSymbols(fileTypeSymbols);
  const layout = layouts[architecture() === "x64" ? "x64" : "others"];
  // Longer than struct stat is anywhere.
  const stat = new DataView(new ArrayBuffer(256));
  if (functions.syscall(layout.SYS_fstat, BigInt(fd), stat) === -1) return "other";
  const mode = stat.getUint32(layout.mode, true) & S_IFMT;
  if (mode === S_IFCHR && isTerminal(functions, fd)) return "terminal";
  return types.get(mode) ?? (isPollable(fd) ? "other" : "stored");
}

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
