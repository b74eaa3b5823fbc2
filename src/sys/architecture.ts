/**
 * Everything that differs between architectures: layouts of structs, numbers of system calls, and
 * flags. Support for another architecture is another row here, and the name of its C library in
 * `src/ffi/libc.ts`.
 */

import { architecture } from "../runtime/runtime.ts";

/**
 * Where the fields of `struct epoll_event` lie, in 32-bit words.
 *
 * The kernel packs the struct on x86-64, so that 32-bit programs share its layout, and on no other
 * architecture (`EPOLL_PACKED` in linux/eventpoll.h): 12 bytes with `data` at 4 there, 16 bytes
 * with `data` at 8 elsewhere. `data` is opaque to the kernel, so which of its two words comes first
 * on a big-endian machine makes no difference: we write them and we read them.
 */
export interface EpollEventLayout {
  /** Words from one event to the next. */
  readonly stride: number;
  /** The word of `data` that holds the fd. */
  readonly fd: number;
  /** The word of `data` that holds the generation. */
  readonly generation: number;
}

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

/**
 * Numbers of system calls that C libraries have no function for, or not in each version.
 * asm/unistd.h
 */
export interface SyscallNumbers {
  readonly fstat: bigint;
  readonly gettid: bigint;
  readonly io_setup: bigint;
  readonly io_submit: bigint;
  readonly io_cancel: bigint;
}

/** Flags of open(2). asm/fcntl.h */
export interface OpenFlags {
  readonly O_DIRECT: number;
  readonly O_DIRECTORY: number;
  readonly O_NOFOLLOW: number;
}

/** What differs between architectures. */
export interface Architecture {
  readonly epollEvent: EpollEventLayout;
  readonly stat: StatLayout;
  readonly syscalls: SyscallNumbers;
  readonly openFlags: OpenFlags;
}

const x64: Architecture = {
  epollEvent: { stride: 3, fd: 1, generation: 2 },
  stat: {
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
  },
  syscalls: { fstat: 5n, gettid: 186n, io_setup: 206n, io_submit: 209n, io_cancel: 210n },
  openFlags: { O_DIRECT: 0o40000, O_DIRECTORY: 0o200000, O_NOFOLLOW: 0o400000 },
};

const arm64: Architecture = {
  epollEvent: { stride: 4, fd: 2, generation: 3 },
  // asm-generic/stat.h
  stat: {
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
  },
  // asm-generic/unistd.h
  syscalls: { fstat: 80n, gettid: 178n, io_setup: 0n, io_submit: 2n, io_cancel: 3n },
  openFlags: { O_DIRECT: 0o200000, O_DIRECTORY: 0o40000, O_NOFOLLOW: 0o100000 },
};

/** The architectures, under the names in `process.arch`. */
export const architectures: Readonly<Record<"x64" | "arm64", Architecture>> = { x64, arm64 };

/** This machine's architecture. */
export function thisArchitecture(): Architecture {
  return architecture() === "x64" ? x64 : arm64;
}
