/** fstat(2), whose struct differs between architectures. */

import { bindSymbols } from "../ffi/libc.ts";
import { fileTypeSymbols } from "../ffi/symbols.ts";
import { architecture } from "../runtime/runtime.ts";

/** The offsets of the members of `struct stat`. asm/stat.h */
export interface StatLayout {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  /** The size of `nlink` in bytes. */
  readonly nlinkSize: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  /** The seconds, before the nanoseconds, as of the two other times. */
  readonly atime: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly length: number;
}

const x64: StatLayout = {
  dev: 0,
  ino: 8,
  nlink: 16,
  nlinkSize: 8,
  mode: 24,
  uid: 28,
  gid: 32,
  rdev: 40,
  size: 48,
  blksize: 56,
  blocks: 64,
  atime: 72,
  mtime: 88,
  ctime: 104,
  length: 144,
};

/** asm-generic/stat.h */
const generic: StatLayout = {
  dev: 0,
  ino: 8,
  mode: 16,
  nlink: 20,
  nlinkSize: 4,
  uid: 24,
  gid: 28,
  rdev: 32,
  size: 48,
  blksize: 56,
  blocks: 64,
  atime: 72,
  mtime: 88,
  ctime: 104,
  length: 128,
};

/** The layouts by architecture, as `process.arch` names it. */
export const statLayouts: Readonly<Record<string, StatLayout>> = { x64, arm64: generic };

/** The layout of `struct stat` on this machine. */
export function statLayout(): StatLayout {
  return statLayouts[architecture()] ?? generic;
}

/** The number of the system call: C libraries have fstat() only since glibc 2.33. */
const SYS_fstat = { x64: 5n, generic: 80n } as const;

/** Calls fstat(2), which fills `struct stat`. Returns -1 if it fails. */
export function fstat(fd: number, struct: DataView): number {
  const number = architecture() === "x64" ? SYS_fstat.x64 : SYS_fstat.generic;
  return bindSymbols(fileTypeSymbols).syscall(number, BigInt(fd), struct);
}
