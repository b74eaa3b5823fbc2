/** Files: opening and making them, their positions, lengths and attributes. */

import {
  checkFlags,
  checkInteger,
  checkUnsignedFlags,
  cString,
  type FdLike,
  inspectLine,
  toFd,
} from "../ffi/checks.ts";
import { EINTR, O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno, libc, osLibc } from "../ffi/libc.ts";
import { describePath, type PathLike, toCPath } from "../ffi/paths.ts";
import { retryOnEintr, throwIfFailed } from "../ffi/results.ts";
import { fileSymbols, memfdSymbols } from "../ffi/symbols.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { thisArchitecture } from "../sys/architecture.ts";
import { readStat } from "../sys/file_type.ts";
import { setNonblocking } from "./fd.ts";
import { MFD_CLOEXEC } from "./file_constants.ts";
import { checkOffset } from "./read_write.ts";

/**
 * Opens a file, nonblocking and close-on-exec.
 *
 * @param path The file's path. Pass a path that isn't UTF-8 as bytes.
 * @param flags `O_*` constants, combined with `|`.
 * @param mode The permissions for a new file, from which the umask is removed.
 * @returns The descriptor.
 * @throws {SystemError} As open(2).
 * @throws {TypeError} If `path` is neither a string nor a Uint8Array, or contains a NUL or a lone
 * surrogate, or if `flags` or `mode` isn't an integer.
 * @throws {RangeError} If `flags` or `mode` has more than 32 bits.
 *
 * @example Open a device
 * ```ts
 * import { close, O_RDONLY, open, read } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = open("/dev/zero", O_RDONLY);
 * assertEquals(read(fd, new Uint8Array(8)), 8);
 * close(fd);
 * ```
 */
export function open(path: PathLike, flags: number, mode = 0o666): number {
  const name = toCPath(path);
  if (typeof flags !== "number") {
    throw new TypeError(
      `The flags must be O_* constants, such as O_RDWR | O_NOCTTY, got ${inspectLine(flags)}`,
    );
  }
  const allFlags = checkFlags("flags", flags) | O_NONBLOCK | O_CLOEXEC;
  const permissions = checkUnsignedFlags("mode", mode);
  return noteOpened(retryForPath("open", path, () => osLibc().open(name, allFlags, permissions)));
}

/**
 * Makes a FIFO, which is a pipe with a path.
 *
 * @param path The path, where no file may exist yet.
 * @param mode The permissions, from which the umask is removed.
 * @throws {SystemError} As mkfifo(3): `EEXIST` if the path exists.
 * @throws {TypeError} If `path` is neither a string nor a Uint8Array, or contains a NUL or a lone
 * surrogate, or if `mode` isn't an integer.
 * @throws {RangeError} If `mode` has more than 32 bits.
 *
 * @example Open both ends of a FIFO
 * ```ts
 * import { mkfifo, O_RDONLY, O_WRONLY, open, read, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { mkdtempSync } from "node:fs";
 *
 * const path = `${mkdtempSync("/tmp/example-")}/fifo`;
 * mkfifo(path, 0o600);
 * const reader = open(path, O_RDONLY);
 * const writer = open(path, O_WRONLY);
 * write(writer, new TextEncoder().encode("hello"));
 * assertEquals(read(reader, new Uint8Array(64)), 5);
 * ```
 */
export function mkfifo(path: PathLike, mode = 0o666): void {
  const name = toCPath(path);
  const permissions = checkUnsignedFlags("mode", mode);
  retryForPath("mkfifo", path, () => bindSymbols(fileSymbols).mkfifo(name, permissions));
}

/**
 * Makes an anonymous file in memory, nonblocking and close-on-exec. It exists until its last
 * descriptor is closed.
 *
 * @param name The name in `/proc/self/fd`, at most 249 bytes. Files can share a name.
 * @param flags `MFD_*` constants, combined with `|`.
 * @returns The descriptor.
 * @throws {SystemError} As memfd_create(2): `EINVAL` if the name is too long.
 * @throws {TypeError} If `name` isn't a string, or contains a NUL or a lone surrogate, or if
 * `flags` isn't an integer.
 * @throws {RangeError} If `flags` has more than 32 bits.
 *
 * @example Make a file that can't change any more
 * ```ts
 * import { F_ADD_SEALS, F_SEAL_WRITE, fcntl, memfdCreate } from "@fdready/fdready/os";
 * import { MFD_ALLOW_SEALING, write } from "@fdready/fdready/os";
 * import { assertThrows } from "@std/assert";
 *
 * const fd = memfdCreate("example", MFD_ALLOW_SEALING);
 * write(fd, new TextEncoder().encode("hello"));
 * fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE);
 * assertThrows(() => write(fd, new TextEncoder().encode("again")), Error, "EPERM");
 * ```
 */
export function memfdCreate(name: string, flags = 0): number {
  const text = cString(name);
  const allFlags = (checkUnsignedFlags("flags", flags) | MFD_CLOEXEC) >>> 0;
  const { memfd_create } = bindSymbols(memfdSymbols);
  const fd = noteOpened(throwIfFailed(memfd_create(text, allFlags), "memfd_create"));
  try {
    setNonblocking(fd, true);
    return fd;
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

/**
 * Sets the position of an open file, which all its descriptors share.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param offset The position in bytes, relative to `whence`.
 * @param whence {@linkcode SEEK_SET}, {@linkcode SEEK_CUR}, {@linkcode SEEK_END},
 * {@linkcode SEEK_DATA} or {@linkcode SEEK_HOLE}.
 * @returns The new position in bytes from the start of the file. In a file of memory, such as
 * `/proc/self/mem`, it is an address, which is negative for the kernel's memory.
 * @throws {SystemError} As lseek(2): `ESPIPE` if it has no positions, such as a pipe or a socket,
 * or `EINVAL` if the position would be before the start.
 * @throws {TypeError} If `target` isn't a descriptor, or `offset` or `whence` isn't an integer.
 * @throws {RangeError} If `offset` isn't a safe integer, or `whence` isn't a C `int`.
 *
 * @example Read a file again
 * ```ts
 * import { lseek, memfdCreate, read, SEEK_SET, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = memfdCreate("example");
 * write(fd, new TextEncoder().encode("hello"));
 * assertEquals(read(fd, new Uint8Array(64)), 0); // the end
 * assertEquals(lseek(fd, 0, SEEK_SET), 0);
 * assertEquals(read(fd, new Uint8Array(64)), 5);
 * ```
 */
export function lseek(target: FdLike, offset: number, whence: number): number {
  const fd = toFd(target);
  const { MIN_SAFE_INTEGER, MAX_SAFE_INTEGER } = Number;
  checkInteger("offset", offset, MIN_SAFE_INTEGER, MAX_SAFE_INTEGER);
  checkInteger("whence", whence);
  const distance = BigInt.asUintN(64, BigInt(offset));
  const result = bindSymbols(fileSymbols).lseek(fd, distance, whence);
  // Only -1 is a failure: the addresses in /proc/self/mem are positions, and half of them negative.
  return throwIfFailed(Number(BigInt.asIntN(64, BigInt(result))), "lseek", fd);
}

/**
 * Sets the length of a file. Bytes beyond it are discarded, and a file that gets longer is extended
 * with zeros.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @param length The length in bytes.
 * @throws {SystemError} As ftruncate(2): `EINVAL` if it isn't a file open for writing.
 * @throws {TypeError} If `target` isn't a descriptor, or `length` isn't an integer.
 * @throws {RangeError} If `length` is negative or not a safe integer.
 *
 * @example Enlarge a file
 * ```ts
 * import { fstat, ftruncate, memfdCreate } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = memfdCreate("example");
 * ftruncate(fd, 4096);
 * assertEquals(fstat(fd).size, 4096);
 * ```
 */
export function ftruncate(target: FdLike, length: number): void {
  const fd = toFd(target);
  const size = checkOffset("length", length);
  retryOnEintr("ftruncate", fd, () => bindSymbols(fileSymbols).ftruncate(fd, size));
}

/**
 * Writes a file's data and attributes to its device. It blocks the event loop until the device has
 * stored them.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @throws {SystemError} As fsync(2): `EINVAL` if it has no storage, such as a pipe or a socket, or
 * `EIO` if an earlier write failed.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Store a record
 * ```ts
 * import { close, fsync, O_CREAT, O_WRONLY, open, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { mkdtempSync, readFileSync } from "node:fs";
 *
 * const path = `${mkdtempSync("/tmp/example-")}/journal`;
 * const fd = open(path, O_WRONLY | O_CREAT);
 * write(fd, new TextEncoder().encode("committed\n"));
 * fsync(fd);
 * close(fd);
 * assertEquals(readFileSync(path, "utf8"), "committed\n");
 * ```
 */
export function fsync(target: FdLike): void {
  const fd = toFd(target);
  retryOnEintr("fsync", fd, () => bindSymbols(fileSymbols).fsync(fd));
}

/**
 * The attributes of a file. Numbers above 2 ** 53 are rounded, which may affect `ino` on some file
 * systems.
 */
export interface FileStat {
  /** The device with the file. Together with `ino`, it identifies the file. */
  readonly dev: number;
  /** The file's number on its device. */
  readonly ino: number;
  /** The type, in the bits of {@linkcode S_IFMT}, and the permissions. */
  readonly mode: number;
  /** The number of hard links; 0 for a deleted file. */
  readonly nlink: number;
  /** The owner. */
  readonly uid: number;
  /** The group. */
  readonly gid: number;
  /** The device that a device file refers to. */
  readonly rdev: number;
  /** The length in bytes. */
  readonly size: number;
  /** The preferred number of bytes for a read or a write. */
  readonly blksize: number;
  /** The number of allocated blocks of 512 bytes. */
  readonly blocks: number;
  /** The time of the last access. */
  readonly atime: Date;
  /** The time of the last change of the contents. */
  readonly mtime: Date;
  /** The time of the last change of the attributes. */
  readonly ctime: Date;
  /** As `atime`, in nanoseconds since 1970. */
  readonly atimeNs: bigint;
  /** As `mtime`, in nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** As `ctime`, in nanoseconds since 1970. */
  readonly ctimeNs: bigint;
}

/**
 * Returns the attributes of a file.
 *
 * @param target The descriptor, as a number or an object with `fd` or `fileno()`.
 * @returns The attributes.
 * @throws {SystemError} As fstat(2).
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Test whether a descriptor refers to a pipe
 * ```ts
 * import { fstat, pipe, S_IFIFO, S_IFMT } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const [reader] = pipe();
 * assertEquals(fstat(reader).mode & S_IFMT, S_IFIFO);
 * ```
 */
export function fstat(target: FdLike): FileStat {
  const fd = toFd(target);
  const layout = thisArchitecture().stat;
  const struct = new DataView(new ArrayBuffer(layout.length));
  throwIfFailed(readStat(fd, struct), "fstat", fd);
  const word = (at: number) => struct.getUint32(at, true);
  const long = (at: number) => Number(struct.getBigInt64(at, true));
  const time = (at: number) =>
    struct.getBigInt64(at, true) * 1_000_000_000n + struct.getBigInt64(at + 8, true);
  const [atimeNs, mtimeNs, ctimeNs] = [time(layout.atime), time(layout.mtime), time(layout.ctime)];
  return {
    dev: long(layout.dev),
    ino: Number(struct.getBigUint64(layout.ino, true)),
    mode: word(layout.mode),
    nlink: layout.nlinkSize === 8 ? long(layout.nlink) : word(layout.nlink),
    uid: word(layout.uid),
    gid: word(layout.gid),
    rdev: long(layout.rdev),
    size: long(layout.size),
    blksize: word(layout.blksize),
    blocks: long(layout.blocks),
    atime: toDate(atimeNs),
    mtime: toDate(mtimeNs),
    ctime: toDate(ctimeNs),
    atimeNs,
    mtimeNs,
    ctimeNs,
  };
}

function toDate(nanoseconds: bigint): Date {
  return new Date(Number(nanoseconds / 1_000_000n));
}

/** Makes a call about a path again while a signal interrupts it. Errors name the path. */
function retryForPath(syscall: string, path: PathLike, call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    const errno = lastErrno();
    if (errno !== EINTR) throw systemError(errno, syscall, { path: describePath(path) });
  }
}
