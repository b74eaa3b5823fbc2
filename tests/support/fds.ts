/** Descriptors for tests. */

import { readdirSync, readlinkSync } from "node:fs";
import process from "node:process";
import { F_DUPFD_CLOEXEC } from "../../src/ffi/constants.ts";
import { libc } from "../../src/ffi/libc.ts";
import { throwIfFailed } from "../../src/ffi/results.ts";
import { close, openpty, pipe, type Pty, read, socketpair, write } from "../../src/os/mod.ts";
import { noteOpened } from "../../src/sys/fd_table.ts";
import { spinUntil, until } from "./event_loop.ts";

// Half a second after its start, Deno opens two sockets for signals. This makes it open them now,
// so that no test counts them.
const ignore = () => {};
process.on("SIGUSR2", ignore).off("SIGUSR2", ignore);

/** Opens descriptors, and closes them at the end of a test unless the test has closed them. */
export class Fds implements Disposable {
  readonly #open = new Set<number>();

  /** Closes `fd` at the end of the test. */
  own(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  pipe(): [readFd: number, writeFd: number] {
    const [readFd, writeFd] = pipe();
    return [this.own(readFd), this.own(writeFd)];
  }

  socketpair(): [number, number] {
    const [a, b] = socketpair();
    return [this.own(a), this.own(b)];
  }

  openpty(): Pty {
    const pty = openpty();
    this.own(pty.controller);
    this.own(pty.terminal);
    return pty;
  }

  /**
   * Opens the file of `other` again as `number`, which must be free except for a moment, when a
   * thread of the runtime opens a file. The next file that a test opens can have a lower number,
   * because the runtime closes files too.
   */
  reuse(number: number, other: number): void {
    const isOpened = () => {
      const opened = duplicate(other, number);
      if (opened !== number) throwIfFailed(libc().close(opened), "close", opened);
      return opened === number;
    };
    spinUntil(isOpened, () => new Error(`The number ${number} isn't free`));
    noteOpened(this.own(number));
  }

  /** Leaves `fd` to other code, which closes it. */
  release(fd: number): void {
    this.#open.delete(fd);
  }

  /** Closes `fd` now, without notifying anyone. */
  close(fd: number): void {
    this.#open.delete(fd);
    close(fd);
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open) close(fd);
    this.#open.clear();
  }
}

/** Duplicates `fd` to the lowest free number from `lowest` on. */
function duplicate(fd: number, lowest: number): number {
  return throwIfFailed(libc().fcntl(fd, F_DUPFD_CLOEXEC, lowest), "fcntl", fd);
}

const block = new Uint8Array(65536);

/** Writes to `fd` until it would block. Returns the number of bytes. */
export function fill(fd: number): number {
  let total = 0;
  for (let count; (count = write(fd, block)) !== undefined;) total += count;
  return total;
}

/** Reads from `fd` until it would block. Returns the number of bytes. */
export function drain(fd: number): number {
  const buffer = new Uint8Array(65536);
  let total = 0;
  for (let count; (count = read(fd, buffer));) total += count;
  return total;
}

/** Writes one byte to `fd`. */
export function poke(fd: number): void {
  write(fd, block.subarray(0, 1));
}

/** The number of open descriptors of this process. */
export function countFds(): number {
  return openFiles().size;
}

/**
 * Resolves when at most `before` descriptors are open. There may be fewer, because those of earlier
 * tests can be closed at any time.
 */
export function noMoreFdsThan(before: number): Promise<void> {
  return noMoreThan(before, () => [...openFiles().values()], String);
}

/**
 * Resolves to 0 when at most `before` descriptors are open, or to how many more there are after a
 * long time.
 */
export function leakedFds(before: number): Promise<number> {
  return noMoreFdsThan(before).then(() => 0, () => countFds() - before);
}

/** Resolves when `list` returns at most `most` items. */
export function noMoreThan<T>(
  most: number,
  list: () => readonly T[],
  describe: (item: T) => unknown,
): Promise<void> {
  return until(
    () => list().length <= most,
    () => new Error(`${most} may be open, but ${list().map(describe).join(", ")} are`),
  );
}

/** The number of this process's descriptors whose file is that of `fd`. */
export function countFdsOf(fd: number): number {
  return listFdsOf(fd).length;
}

/** The number of this process's descriptors for the file at `path`. */
export function countFdsTo(path: string): number {
  return listFdsTo(path).length;
}

/** This process's descriptors whose file is that of `fd`. */
export function listFdsOf(fd: number): number[] {
  return listFdsTo(targetOf(fd));
}

function listFdsTo(path: string | undefined): number[] {
  return [...openFiles()].filter(([, target]) => target === path).map(([fd]) => fd);
}

/** A process's open files, by descriptor, except those that threads of V8 read at any time. */
export function openFiles(pid: number | "self" = "self"): Map<number, string> {
  const files = new Map<number, string>();
  for (const fd of readdirSync(`/proc/${pid}/fd`).map(Number)) {
    const target = targetOf(fd, pid);
    if (target === undefined || target.startsWith("/sys/devices/system/cpu/")) continue;
    files.set(fd, target);
  }
  return files;
}

function targetOf(fd: number, pid: number | "self" = "self"): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    // This was the descriptor that listed the folder, or a thread has closed it.
    return undefined;
  }
}
