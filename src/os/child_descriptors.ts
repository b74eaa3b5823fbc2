/** The descriptors of a child: which of them it has, and that reading and writing them blocks. */

import { cString, type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import {
  ENOTTY,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  FD_CLOEXEC,
  O_NONBLOCK,
  O_PATH,
  S_IFCHR,
  S_IFMT,
} from "../ffi/constants.ts";
import { SystemError, systemError } from "../ffi/errors.ts";
import { libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { fileType } from "../sys/file_type.ts";
import { OwnedFd } from "../sys/owned_fd.ts";
import type { FileAction } from "../sys/posix_spawn.ts";
import { setNonblocking } from "./fd.ts";
import { fstat, open } from "./file.ts";
import { O_NOCTTY, O_RDWR } from "./file_constants.ts";

/** Standard input, output and error. */
const standardCount = 3;

/** The sources of the descriptors of a child that {@linkcode spawn} starts, by number. */
export type Stdio = readonly (FdLike | null | undefined)[];

/** Makes the descriptors of one child, and closes those that are only needed for that. */
export class ChildDescriptors implements Disposable {
  /** The largest number of descriptors that the child can have. */
  readonly count: number;
  readonly actions: FileAction[] = [];
  readonly #opened: OwnedFd[] = [];
  readonly #madeBlocking: number[] = [];

  constructor(terminal: string | FdLike | undefined, stdio: Stdio) {
    if (!Array.isArray(stdio)) {
      throw new TypeError(
        `The option stdio must be an array of descriptors, got ${inspectLine(stdio)}`,
      );
    }
    this.count = Math.max(stdio.length, standardCount);
    try {
      if (terminal !== undefined) this.#addTerminal(terminal);
      Array.from(stdio, (source, fd) => this.#add(fd, source));
      if (terminal === undefined) {
        for (let fd = 0; fd < standardCount; fd++) if (stdio[fd] === undefined) this.#keep(fd);
      }
    } catch (error) {
      this.undo();
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Takes back what the caller would notice, if the child wasn't started. */
  undo(): void {
    for (const fd of this.#madeBlocking.splice(0)) setNonblocking(fd, true);
  }

  /** Closes the descriptors that were only for the child. */
  [Symbol.dispose](): void {
    for (const owned of this.#opened) owned.close();
  }

  /** The first terminal that the leader of a session opens is the session's own. tty_ioctl(4) */
  #addTerminal(terminal: string | FdLike): void {
    const path = typeof terminal === "string"
      ? checkTerminalPath(terminal)
      : `/proc/self/fd/${this.#outOfTheWay(checkTerminal(toFd(terminal)))}`;
    this.actions.push({ fd: 0, path: cString(path), flags: O_RDWR });
    this.actions.push({ fd: 1, from: 0 }, { fd: 2, from: 0 });
  }

  #add(fd: number, source: FdLike | null | undefined): void {
    if (source === null) {
      this.actions.push({ fd, path: cString("/dev/null"), flags: O_RDWR });
    } else if (source !== undefined) {
      const given = checkOpen(toFd(source));
      const from = fd < standardCount ? this.#blocking(given) : given;
      this.actions.push({ fd, from: this.#outOfTheWay(from) });
    } else if (fd >= standardCount) {
      this.actions.push({ fd });
    }
  }

  /** Node.js makes 0, 1 and 2 close-on-exec. A duplicate isn't. */
  #keep(fd: number): void {
    const flags = libc().fcntl(fd, F_GETFD, 0);
    if (flags === -1 || (flags & FD_CLOEXEC) === 0) return;
    this.actions.push({ fd, from: this.#outOfTheWay(fd) });
  }

  /** A descriptor of the same file, which no other action replaces before it is used. */
  #outOfTheWay(fd: number): number {
    if (fd >= this.count) return fd;
    const copy = () => libc().fcntl(fd, F_DUPFD_CLOEXEC, this.count);
    return this.#own(new OwnedFd(copy, "fcntl", fd)).fd;
  }

  #own(owned: OwnedFd): OwnedFd {
    this.#opened.push(owned);
    return owned;
  }

  /**
   * `fd`, or another descriptor of the same pipe or terminal, so that reading and writing it
   * blocks, as programs expect of their standard descriptors. Whether it blocks is a property of
   * the open file. A pipe and a terminal can be opened again, which leaves the caller's own as it
   * is. A socket can't.
   */
  #blocking(fd: number): number {
    const flags = throwIfFailed(libc().fcntl(fd, F_GETFL, 0), "fcntl", fd);
    if ((flags & O_NONBLOCK) === 0) return fd;
    const type = fileType(fd);
    if (type === "pipe" || type === "terminal") return this.#openAgain(fd, flags);
    if (type === "socket") {
      setNonblocking(fd, false);
      this.#madeBlocking.push(fd);
    }
    return fd;
  }

  #openAgain(fd: number, flags: number): number {
    try {
      const opened = this.#own(
        new OwnedFd(() => open(`/proc/self/fd/${fd}`, flags | O_NOCTTY)),
      );
      setNonblocking(opened.fd, false);
      return opened.fd;
    } catch (error) {
      // It belongs to another user, or the FIFO has no reader. Then the child shares the file as it
      // is.
      const { code } = error as { code?: string };
      if (error instanceof SystemError && code !== "EMFILE" && code !== "ENFILE") return fd;
      throw error;
    }
  }
}

/** `fd`, unless it isn't open. */
function checkOpen(fd: number): number {
  throwIfFailed(libc().fcntl(fd, F_GETFD, 0), "fcntl", fd);
  return fd;
}

/**
 * `path`, unless it is no device. The child opens it for writing, and a file would lose its
 * contents. A path that can't be opened is left to the child, whose error says why.
 */
function checkTerminalPath(path: string): string {
  let opened;
  try {
    opened = new OwnedFd(() => open(path, O_PATH));
  } catch (error) {
    if (error instanceof SystemError) return path;
    throw error;
  }
  try {
    if ((fstat(opened.fd).mode & S_IFMT) === S_IFCHR) return path;
    const hint = "The option terminal needs a terminal";
    throw systemError(ENOTTY, "posix_spawn", { path, hint });
  } finally {
    opened.close();
  }
}

/**
 * `fd`, unless it is something else. The controller, if opened again, would be one of a new
 * terminal.
 */
function checkTerminal(fd: number): number {
  if (fileType(checkOpen(fd)) === "terminal") return fd;
  throw systemError(ENOTTY, "posix_spawn", { fd, hint: "The option terminal needs a terminal" });
}
