/**
 * The table of the descriptors that this isolate uses: which object owns a number, which code is
 * notified when other code closes it, and which other numbers refer to the same file.
 */

import { EINTR } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc } from "../ffi/libc.ts";

/** Code that is notified when a descriptor in use is closed elsewhere. */
export interface CloseListener {
  /** Called when the program announces that it is about to close the descriptor. */
  onClosing?(): void;
  /**
   * Called once, when the descriptor is about to be closed by a function of this module, or when it
   * turns out to have been closed.
   *
   * @param open Whether the number still refers to the file.
   */
  onClosed(open: boolean): void;
}

/** An object that closes a descriptor, and can give it up. */
export interface FdOwner {
  release(): number;
}

interface Entry {
  owner: FdOwner | undefined;
  listener: CloseListener | undefined;
  aliases: Set<number> | undefined;
}

const table = new Map<number, Entry>();

function getOrAdd(fd: number): Entry {
  let entry = table.get(fd);
  if (entry === undefined) {
    entry = { owner: undefined, listener: undefined, aliases: undefined };
    table.set(fd, entry);
  }
  return entry;
}

function deleteIfUnused(fd: number, { owner, listener, aliases }: Entry): void {
  if (owner === undefined && listener === undefined && aliases === undefined) table.delete(fd);
}

function notify(fd: number, entry: Entry | undefined, open: boolean): void {
  const listener = entry?.listener;
  if (entry === undefined || listener === undefined) return;
  entry.listener = undefined;
  deleteIfUnused(fd, entry);
  listener.onClosed(open);
}

/**
 * Records that `owner` closes `fd`. One object at a time owns a number: {@linkcode noteOpened}
 * first.
 */
export function addOwner(fd: number, owner: FdOwner): void {
  getOrAdd(fd).owner = owner;
}

/** Records that nothing here owns `fd` any more, and notifies its close listener. */
export function removeOwner(fd: number): void {
  const entry = table.get(fd);
  if (entry === undefined) return;
  entry.owner = undefined;
  deleteIfUnused(fd, entry);
  notify(fd, entry, true);
}

/**
 * Notifies `listener` when `fd` is closed by a function of this module, or gets another listener.
 */
export function onClose(fd: number, listener: CloseListener): void {
  notify(fd, table.get(fd), true);
  getOrAdd(fd).listener = listener;
}

/**
 * Notifies the close listeners of `fd` and its aliases that the descriptor is about to be closed.
 */
export function announceClosing(fd: number): void {
  for (const alias of aliasesOf(fd)) announceClosing(alias);
  table.get(fd)?.listener?.onClosing?.();
}

/** Makes the owner of `fd`, if any, give it up so that other code can close it. */
export function disown(fd: number): void {
  const entry = table.get(fd);
  if (entry === undefined) return;
  entry.owner?.release();
  notify(fd, entry, true);
}

/** Returns `fd`, which is new. Objects that use the number give it up: their file was closed. */
export function noteOpened(fd: number): number {
  const entry = table.get(fd);
  if (entry !== undefined) {
    notify(fd, entry, false);
    entry.owner?.release();
  }
  return fd;
}

/**
 * Adds `alias`, on which waits take place instead of on `fd`, whose file it shares. The waits end
 * when `fd` is announced to be closed.
 *
 * @returns A function that removes it.
 */
export function addAlias(alias: number, fd: number): () => void {
  const entry = getOrAdd(fd);
  const aliases = entry.aliases ??= new Set();
  aliases.add(alias);
  return () => {
    aliases.delete(alias);
    if (aliases.size > 0 || entry.aliases !== aliases) return;
    entry.aliases = undefined;
    if (table.get(fd) === entry) deleteIfUnused(fd, entry);
  };
}

/** The aliases of `fd`. */
export function aliasesOf(fd: number): Iterable<number> {
  return table.get(fd)?.aliases ?? [];
}

/** Closes `fd`. An object that owns it gives it up. */
export function closeDescriptor(fd: number): void {
  disown(fd);
  if (libc().close(fd) !== -1) return;
  const errno = lastErrno();
  if (errno !== EINTR) throw systemError(errno, "close", { fd });
}
