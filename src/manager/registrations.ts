/*
 * Some facts about epoll
 * ======================
 *
 * An epoll instance is a dictionary in the kernel. Its keys are neither descriptors nor open files,
 * but pairs of both: (fd, open file). The reference to the open file is weak. An entry disappears
 * with the *file*, when the last descriptor of the file is closed, in any process. A number finds
 * an entry only while the number still refers to the same file.
 *
 * Suppose fd 7 is registered, duplicated as fd 8, and then closed without notice:
 *
 *  1. The file lives on, and so does the entry (7, file). Its events are reported under number 7.
 *  2. The entry can't be removed. `EPOLL_CTL_DEL` of 7 fails with `EBADF`. Once the number has been
 *     reused, `EPOLL_CTL_DEL` addresses another entry: (7, other file).
 *  3. If the entry is level-triggered, every `epoll_wait` returns at once, forever.
 *
 * Programs and C libraries do this, and a `fork` is enough. So this module doesn't rely on notices
 * of closing. It has two defences.
 *
 * Every registration is `EPOLLONESHOT`. After one report, an entry stays silent until it is armed
 * again. A stale entry costs one needless return from `epoll_wait`, and a few bytes of kernel
 * memory until the file disappears. The price is one `epoll_ctl` per wait, a third of a
 * microsecond.
 *
 * Every registration has a generation, in the upper half of `epoll_data`. Each `EPOLL_CTL_MOD`
 * replaces `epoll_data` as a whole. If an event's generation isn't the latest one of its number,
 * the event is stale: its file was closed without notice, or the registration has changed since
 * the event was received. Stale events are counted and dropped, even if the number by now refers to
 * another file with waiters. Nothing is lost, because arming checks the state of the file: a
 * condition that still holds is reported again.
 *
 * A oneshot entry stays in the dictionary. So arming is `EPOLL_CTL_MOD` if the kernel has an entry,
 * and `EPOLL_CTL_ADD` if not. For the reasons above, only the kernel knows which. A descriptor
 * that was waited for once usually is again, so `MOD` comes first, and `ADD` if it fails with
 * `ENOENT`.
 *
 * A wait never moves to another file. While a wait is pending, its number has an entry. If `MOD`
 * fails with `ENOENT` then, the number refers to another file by now. The pending waits reject with
 * `EBADF`, and only new waits may use `ADD`.
 *
 * In one case, `MOD` succeeds with the wrong entry. If a number referred to file A, to
 * file B, and through dup2(2) to A again, each file may have an entry. So the entries of each
 * number are counted. While there may be several, two checks find out whether the number still
 * refers to the same file. A socket has a unique name in /proc/self/fd. For other files, the kernel
 * lists its entries in fdinfo, see proc(5), before and after the `MOD`. Reading that list takes
 * longer the more entries there are in all.
 *
 * The kernel's view of this is in epoll(7), "Questions and answers", numbers 5 to 7.
 */

import { EBADF, ENOENT, EPOLL_CTL_MOD, EPOLLONESHOT } from "../ffi/constants.ts";
import { describeFd } from "../ffi/errors.ts";
import type { Epoll } from "../sys/epoll.ts";

/** The generation of the wakeup's entry. Those of registrations start at 1. */
export const wakeupGeneration = 0;

/**
 * The kernel side of a manager: the state of each number's registration. Calls no code of the
 * program.
 */
export class Registrations {
  /** How many events belonged to a waiter. */
  accepted = 0;
  /** How many events were dropped. */
  stale = 0;
  readonly #epoll: Epoll;
  readonly #isInternal: (fd: number) => boolean;
  // By fd. An object for each number would take 40 bytes more per pending wait.
  /** The flags that the kernel will report; 0 after a report. */
  #armed = new Uint32Array(64);
  /** The generation that was armed last; 0 before the first. */
  #generations = new Uint32Array(64);
  /** How many entries the kernel may have, each for another open file. */
  #entryCounts = new Uint32Array(64);
  /** Of numbers with several entries: the name of the socket that was armed last. */
  readonly #sockets = new Map<number, string>();
  #lastGeneration = wakeupGeneration;

  /**
   * `isInternal` says whether a number is one of the library's own descriptors. If a program waits
   * for one, its own file was closed and the number reused. Arming the wakeup's entry would turn
   * it into a oneshot one.
   */
  constructor(epoll: Epoll, isInternal: (fd: number) => boolean) {
    this.#epoll = epoll;
    this.#isInternal = isInternal;
  }

  /** The flags that the kernel will report for `fd`. */
  armed(fd: number): number {
    return this.#armed[fd] ?? 0;
  }

  /** The generation that was armed last for `fd`. */
  generation(fd: number): number {
    return this.#generations[fd] ?? wakeupGeneration;
  }

  /**
   * Arms `fd`, whatever file the number refers to. Nothing may be waiting for `fd`. Returns 0 or
   * the errno.
   */
  arm(fd: number, interest: number): number {
    if (this.#entryCounts[fd] !== 1 && !this.#prepareArming(fd)) return EBADF;
    const generation = this.#nextGeneration();
    const errno = this.#epoll.control(EPOLL_CTL_MOD, fd, interest | EPOLLONESHOT, generation);
    if (errno !== 0) return errno === ENOENT ? this.#add(fd, interest) : errno;
    this.#noteArmed(fd, interest, generation);
    return 0;
  }

  /** Handles numbers with several entries, or none. Returns whether `fd` may be armed. */
  #prepareArming(fd: number): boolean {
    if ((this.#entryCounts[fd] ?? 0) === 0) return !this.#isInternal(fd);
    this.#noteSocket(fd);
    return true;
  }

  /**
   * Arms `fd` for pending waiters. Returns 0 or the errno: `ENOENT` if the number refers to another
   * file than theirs.
   */
  rearm(fd: number, interest: number): number {
    if (this.#entryCounts[fd]! > 1) return this.#rearmAmbiguous(fd, interest);
    const generation = this.#nextGeneration();
    const errno = this.#epoll.control(EPOLL_CTL_MOD, fd, interest | EPOLLONESHOT, generation);
    if (errno === 0) this.#noteArmed(fd, interest, generation);
    return errno;
  }

  /** Arms `fd`, which may have several entries, for pending waiters. */
  #rearmAmbiguous(fd: number, interest: number): number {
    const before = this.generation(fd);
    const socket = this.#sockets.get(fd);
    const isSameFile = socket === undefined
      ? this.#countEntries(fd).includes(before)
      : socket === readSocketName(fd);
    if (!isSameFile) return ENOENT;
    const generation = this.#nextGeneration();
    const errno = this.#epoll.control(EPOLL_CTL_MOD, fd, interest | EPOLLONESHOT, generation);
    if (errno !== 0) return errno;
    if (socket === undefined) {
      const generations = this.#countEntries(fd);
      if (!generations.includes(generation) || generations.includes(before)) return ENOENT;
    }
    this.#noteArmed(fd, interest, generation);
    return 0;
  }

  /** Removes the entry of `fd`, if it can be found. */
  remove(fd: number): void {
    const count = this.#entryCounts[fd] ?? 0;
    if (count === 0) return;
    this.disarm(fd);
    if (this.#epoll.remove(fd) === 0) this.#entryCounts[fd] = count - 1;
  }

  /** Ignores the events of `fd` until it is armed again. */
  disarm(fd: number): void {
    this.#armed[fd] = 0;
  }

  /** Counts an event. Returns whether it belongs to the registration of `fd`; if so, disarms it. */
  acceptEvent(fd: number, generation: number): boolean {
    if (!this.matches(fd, generation)) {
      this.stale++;
      return false;
    }
    this.accepted++;
    this.disarm(fd);
    return true;
  }

  /** Whether an event of `generation` belongs to the registration of `fd`. */
  matches(fd: number, generation: number): boolean {
    return this.#generations[fd] === generation && this.#armed[fd] !== 0;
  }

  #add(fd: number, interest: number): number {
    // The first check may have been for an earlier file.
    if (this.#isInternal(fd)) return EBADF;
    const generation = this.#nextGeneration();
    const errno = this.#epoll.add(fd, interest | EPOLLONESHOT, generation);
    if (errno !== 0) return errno;
    const count = (this.#entryCounts[fd] ?? 0) + 1;
    if (fd >= this.#armed.length) this.#grow(fd);
    this.#entryCounts[fd] = count;
    if (count > 1) this.#noteSocket(fd);
    this.#noteArmed(fd, interest, generation);
    return 0;
  }

  #noteArmed(fd: number, interest: number, generation: number): void {
    this.#armed[fd] = interest;
    this.#generations[fd] = generation;
  }

  /** Makes room for `fd`. The kernel's own table of descriptors grows in the same way. */
  #grow(fd: number): void {
    const length = Math.max(fd + 1, this.#armed.length * 2);
    this.#armed = resize(this.#armed, length);
    this.#generations = resize(this.#generations, length);
    this.#entryCounts = resize(this.#entryCounts, length);
  }

  /** Remembers the socket that `fd` refers to, if it is one. */
  #noteSocket(fd: number): void {
    const socket = readSocketName(fd);
    if (socket === undefined) this.#sockets.delete(fd);
    else this.#sockets.set(fd, socket);
  }

  /**
   * Counts the kernel's entries for `fd`, and returns their generations: none if the kernel's list
   * can't be read, for example because no descriptor is left.
   */
  #countEntries(fd: number): readonly number[] {
    const generations = this.#epoll.generationsOf(fd);
    if (generations === undefined) return [];
    this.#entryCounts[fd] = generations.length;
    return generations;
  }

  #nextGeneration(): number {
    this.#lastGeneration = (this.#lastGeneration + 1) >>> 0;
    if (this.#lastGeneration === wakeupGeneration) this.#lastGeneration++;
    return this.#lastGeneration;
  }
}

function resize(from: Uint32Array, length: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(length);
  to.set(from);
  return to;
}

/** Reads the name of the file of `fd`, if no other open file has the same: sockets only. */
function readSocketName(fd: number): string | undefined {
  const name = describeFd(fd);
  return name?.startsWith("socket:") ? name : undefined;
}
