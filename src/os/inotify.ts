/** Changes of files. */

import { checkUnsignedFlags, cString, type FdLike, toFd } from "../ffi/checks.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, osLibc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { read } from "./read_write.ts";
import { O_CLOEXEC, O_NONBLOCK } from "./file_constants.ts";

/** One change. */
export interface InotifyEvent {
  /**
   * The watch that reported it, as {@linkcode inotifyAddWatch} returned it; -1 if the queue
   * overflowed.
   */
  readonly wd: number;
  /** What happened: `IN_*` constants. */
  readonly mask: number;
  /** The same number in the two events of one move; otherwise 0. */
  readonly cookie: number;
  /**
   * The name inside the watched folder; empty if the event is about the watched file or folder
   * itself.
   */
  readonly name: string;
}

/**
 * Makes an inotify instance.
 *
 * @returns The descriptor, which is readable when there are events.
 * @throws {SystemError} As inotify_init1(2): `EMFILE`, if there are no descriptors or instances left.
 *
 * @example
 * ```ts
 * import { close, inotify } from "@fdready/fdready/os";
 *
 * const fd = inotify();
 * close(fd);
 * ```
 */
export function inotify(): number {
  return noteOpened(throwIfFailed(osLibc().inotify_init1(O_NONBLOCK | O_CLOEXEC), "inotify_init1"));
}

/**
 * Watches a file or a folder, or changes the mask of its watch.
 *
 * @param fd The inotify descriptor.
 * @param path What to watch.
 * @param mask `IN_*` constants, combined by `|`.
 * @returns The number of the watch.
 * @throws {SystemError} As inotify_add_watch(2): `ENOENT`, `EINVAL` if `fd` isn't an inotify
 * instance, or `ENOSPC` at the user's limit, which `/proc/sys/fs/inotify/max_user_watches` sets.
 * @throws {TypeError} If `fd` isn't a descriptor, `path` isn't a string or has a NUL or a lone
 * surrogate, or `mask` isn't an integer.
 * @throws {RangeError} If `mask` is 0 or has more than 32 bits.
 *
 * @example
 * ```ts
 * import { IN_CREATE, IN_DELETE, inotify, inotifyAddWatch } from "@fdready/fdready/os";
 *
 * const fd = inotify();
 * console.log(inotifyAddWatch(fd, "/tmp", IN_CREATE | IN_DELETE)); // 1, the watch
 * ```
 */
export function inotifyAddWatch(fd: FdLike, path: string, mask: number): number {
  const number = toFd(fd);
  const name = cString(path);
  const events = checkUnsignedFlags("mask", mask);
  if (events === 0) {
    throw new RangeError("The mask must have at least one of the IN_* constants, got 0");
  }
  const watch = osLibc().inotify_add_watch(number, name, events);
  if (watch === -1) {
    throw systemError(lastErrno(), "inotify_add_watch", { fd: number, path, preposition: "for" });
  }
  return watch;
}

/** sizeof(struct inotify_event), before the name. */
const headerLength = 16;

/**
 * Reads the events that are there, up to 64 KiB of them. Unlike `read` it returns an empty array,
 * rather than `undefined`, if it would block.
 *
 * @param fd The inotify descriptor. The bytes of any other descriptor would be taken for events.
 * @returns The events, in order; an empty array if there are none.
 * @throws {SystemError} As read(2).
 * @throws {TypeError} If `fd` isn't a descriptor.
 *
 * @example
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import {
 *   close,
 *   IN_OPEN,
 *   inotify,
 *   inotifyAddWatch,
 *   O_RDONLY,
 *   open,
 *   readInotify,
 * } from "@fdready/fdready/os";
 *
 * const fd = inotify();
 * inotifyAddWatch(fd, "/tmp", IN_OPEN);
 * close(open("/tmp", O_RDONLY));
 * await waitReadable(fd);
 * for (const { mask } of readInotify(fd)) console.log((mask & IN_OPEN) !== 0); // true
 * ```
 */
export function readInotify(fd: FdLike): InotifyEvent[] {
  const bytes = new Uint8Array(65536);
  const length = read(fd, bytes) ?? 0;
  const view = new DataView(bytes.buffer);
  const events: InotifyEvent[] = [];
  for (let at = 0; at < length;) {
    const nameLength = view.getUint32(at + 12, true);
    const name = bytes.subarray(at + headerLength, at + headerLength + nameLength);
    events.push({
      wd: view.getInt32(at, true),
      mask: view.getUint32(at + 4, true),
      cookie: view.getUint32(at + 8, true),
      name: decode(name),
    });
    at += headerLength + nameLength;
  }
  return events;
}

/** The kernel pads names with NULs. */
function decode(name: Uint8Array): string {
  const end = name.indexOf(0);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    end === -1 ? name : name.subarray(0, end),
  );
}
