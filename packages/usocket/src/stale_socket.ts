/** Replacing the socket file of a server that no longer listens. */

import {
  AF_UNIX,
  bind,
  connect,
  listenUnix,
  SOCK_DGRAM,
  socket,
  unixAddress,
} from "@fdready/fdready/os";
import { lstatSync, unlinkSync } from "node:fs";
import { isError } from "./errors.ts";
import { closeAll } from "./received_fds.ts";

/** Listens on `path`. Replaces a socket file on which no socket listens any more. */
export function listenReplacing(path: string, backlog: number | undefined): number {
  try {
    return listenUnix(path, backlog);
  } catch (error) {
    if (!isError(error, "EADDRINUSE") || !isStale(path)) throw error;
    const id = readFileId(path);
    // Another server that starts now must not delete the file that this one creates.
    const lock = socket(AF_UNIX, SOCK_DGRAM);
    try {
      if (!tryLock(lock, `fdready-usocket-${id}`)) throw error;
      if (readFileId(path) !== id || !isStale(path)) throw error;
      unlinkSync(path);
      return listenUnix(path, backlog);
    } finally {
      closeAll([lock]);
    }
  }
}

/** A string that identifies the file at `path`. */
function readFileId(path: string): string | undefined {
  const file = lstatSync(path, { throwIfNoEntry: false, bigint: true });
  return file && `${file.dev}-${file.ino}`;
}

/**
 * Binds `fd` to an abstract name, which serves as a lock for as long as `fd` is open. Returns
 * `false` if another process has the lock.
 */
function tryLock(fd: number, name: string): boolean {
  try {
    bind(fd, unixAddress(`\0${name}`));
    return true;
  } catch (error) {
    if (isError(error, "EADDRINUSE")) return false;
    throw error;
  }
}

/** Whether `path` is a socket file on which no socket listens any more. */
function isStale(path: string): boolean {
  if (path.startsWith("\0")) return false;
  // Another server may have deleted it just now.
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return false;
  // A listening server doesn't notice an attempt to connect with a datagram socket.
  const fd = socket(AF_UNIX, SOCK_DGRAM);
  try {
    connect(fd, unixAddress(path));
    return false;
  } catch (error) {
    return isError(error, "ECONNREFUSED");
  } finally {
    closeAll([fd]);
  }
}
