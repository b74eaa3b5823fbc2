/** Changes of files. */

import { checkInteger, checkUnsignedFlags, type FdLike, toFd } from "../ffi/checks.ts";
import { O_CLOEXEC, O_NONBLOCK } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, osLibc } from "../ffi/libc.ts";
import { describePath, type PathLike, toCPath } from "../ffi/paths.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { noteOpened } from "../sys/fd_table.ts";
import { read } from "./read_write.ts";

/** One change. */
export interface InotifyEvent {
  /**
   * The watch that reported it, as {@linkcode inotifyAddWatch} returned it; -1 if the queue
   * overflowed.
   */
  readonly wd: number;
  /** The kind of change: `IN_*` constants. */
  readonly mask: number;
  /** The same number in the two events of one move; otherwise 0. */
  readonly cookie: number;
  /**
   * The name of the file in the watched directory; empty if the event is about the watched file or
   * directory itself. Bytes that aren't UTF-8 are replaced: `nameBytes` has them.
   */
  readonly name: string;
  /**
   * The bytes of the name. Put the bytes of the directory's path and a slash before them to
   * {@linkcode open} the file.
   */
  readonly nameBytes: Uint8Array<ArrayBuffer>;
}

/**
 * Makes an inotify instance, nonblocking and close-on-exec.
 *
 * @returns The descriptor, which is readable when there are events.
 * @throws {SystemError} As inotify_init1(2): `EMFILE` if there are no descriptors or instances
 * left.
 *
 * @example Watch a directory
 * ```ts
 * import { close, IN_CREATE, inotify, inotifyAddWatch, readInotify } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { mkdtempSync, writeFileSync } from "node:fs";
 *
 * const directory = mkdtempSync("/tmp/example-");
 * const changes = inotify();
 * inotifyAddWatch(changes, directory, IN_CREATE);
 * writeFileSync(`${directory}/letter`, "hello");
 * assertEquals(readInotify(changes).map(({ name }) => name), ["letter"]);
 * close(changes);
 * ```
 */
export function inotify(): number {
  return noteOpened(
    throwIfFailed(osLibc().inotify_init1(O_NONBLOCK | O_CLOEXEC), "inotify_init1"),
  );
}

/**
 * Watches a file or a directory, or changes the mask of its watch.
 *
 * @param target The inotify descriptor, as a number or an object with `fd` or `fileno()`.
 * @param path The path to watch. Pass a path that isn't UTF-8 as bytes.
 * @param mask `IN_*` constants, combined with `|`.
 * @returns The number of the watch.
 * @throws {SystemError} As inotify_add_watch(2): `ENOENT`, `EINVAL` if `target` isn't an inotify
 * instance, or `ENOSPC` at the user's limit, which `/proc/sys/fs/inotify/max_user_watches` sets.
 * @throws {TypeError} If `target` isn't a descriptor, `path` is neither a string nor a Uint8Array
 * or contains a NUL or a lone surrogate, or `mask` isn't an integer.
 * @throws {RangeError} If `mask` is 0 or has more than 32 bits.
 *
 * @example Watch a directory
 * ```ts
 * import { IN_CREATE, IN_DELETE, inotify, inotifyAddWatch } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = inotify();
 * assertEquals(inotifyAddWatch(fd, "/tmp", IN_CREATE | IN_DELETE), 1);
 * ```
 */
export function inotifyAddWatch(target: FdLike, path: PathLike, mask: number): number {
  const fd = toFd(target);
  const name = toCPath(path);
  const events = checkUnsignedFlags("mask", mask);
  if (events === 0) {
    throw new RangeError("The mask must have at least one of the IN_* constants, got 0");
  }
  const watch = osLibc().inotify_add_watch(fd, name, events);
  if (watch !== -1) return watch;
  throw systemError(lastErrno(), "inotify_add_watch", {
    fd,
    path: describePath(path),
    preposition: "for",
  });
}

/**
 * Removes a watch. The kernel then reports {@linkcode IN_IGNORED} for it, after its last event.
 *
 * @param target The inotify descriptor, as a number or an object with `fd` or `fileno()`.
 * @param wd The watch, as {@linkcode inotifyAddWatch} returned it.
 * @throws {SystemError} As inotify_rm_watch(2): `EINVAL` if there is no such watch, or `target`
 * isn't an inotify instance.
 * @throws {TypeError} If `target` isn't a descriptor, or `wd` isn't an integer.
 * @throws {RangeError} If `wd` isn't a C `int`.
 *
 * @example Remove a watch
 * ```ts
 * import { IN_IGNORED, IN_OPEN, inotify, inotifyAddWatch } from "@fdready/fdready/os";
 * import { inotifyRmWatch, readInotify } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const fd = inotify();
 * const wd = inotifyAddWatch(fd, "/", IN_OPEN);
 * inotifyRmWatch(fd, wd);
 * assertEquals(readInotify(fd).at(-1)?.mask, IN_IGNORED);
 * ```
 */
export function inotifyRmWatch(target: FdLike, wd: number): void {
  const fd = toFd(target);
  checkInteger("watch", wd);
  throwIfFailed(osLibc().inotify_rm_watch(fd, wd), "inotify_rm_watch", fd);
}

/**
 * Reads the available events, up to 64 KiB of them. Unlike {@linkcode read}, it returns an empty
 * array, rather than `undefined`, if it would block.
 *
 * @param target The inotify descriptor, as a number or an object with `fd` or `fileno()`. The bytes
 * of any other descriptor would be mistaken for events.
 * @returns The events, in order; an empty array if there are none.
 * @throws {SystemError} As read(2).
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Wait until a directory is opened
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { close, IN_OPEN, inotify, inotifyAddWatch } from "@fdready/fdready/os";
 * import { O_RDONLY, open, readInotify } from "@fdready/fdready/os";
 * import { assert } from "@std/assert";
 *
 * const fd = inotify();
 * inotifyAddWatch(fd, "/tmp", IN_OPEN);
 * close(open("/tmp", O_RDONLY));
 * await waitReadable(fd);
 * for (const { mask } of readInotify(fd)) assert((mask & IN_OPEN) !== 0);
 * ```
 */
export function readInotify(target: FdLike): InotifyEvent[] {
  const buffer = new Uint8Array(65536);
  const length = read(target, buffer) ?? 0;
  return parseEvents(buffer.subarray(0, length));
}

/** struct inotify_event, before the name. inotify(7) */
export const inotify_event = { wd: 0, mask: 4, cookie: 8, len: 12, name: 16 } as const;

/** The events in `bytes`, except for an incomplete one at the end. */
function parseEvents(bytes: Uint8Array<ArrayBuffer>): InotifyEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const events: InotifyEvent[] = [];
  for (let start = 0; start + inotify_event.name <= bytes.length;) {
    const nameStart = start + inotify_event.name;
    const end = nameStart + view.getUint32(start + inotify_event.len, true);
    if (end > bytes.length) break;
    // The kernel pads names with NULs.
    const padded = bytes.subarray(nameStart, end);
    const padding = padded.indexOf(0);
    const nameBytes = padded.slice(0, padding === -1 ? undefined : padding);
    events.push({
      wd: view.getInt32(start + inotify_event.wd, true),
      mask: view.getUint32(start + inotify_event.mask, true),
      cookie: view.getUint32(start + inotify_event.cookie, true),
      name: decoder.decode(nameBytes),
      nameBytes,
    });
    start = end;
  }
  return events;
}
