/*
 * Some facts about epoll, and what they make of this file
 * =======================================================
 *
 * An epoll instance is a dictionary that the kernel keeps. One would expect its keys to be file
 * descriptors, or the open files behind them. They are pairs of both: (fd, open file). The reference
 * to the open file is weak: an entry goes when the *file* goes, which is when its last descriptor is
 * closed, in whatever process. The number alone finds an entry only while it still stands for the
 * same file.
 *
 * From this follow three traps. Say fd 7 is registered, `dup`ed to 8 and closed unannounced:
 *
 *  1. The file lives on, and so does the entry (7, file): its events are reported under the number 7.
 *  2. Nobody can remove it. `EPOLL_CTL_DEL` of 7 is `EBADF`, or, once the number has been given
 *     to another file, is about an entry (7, other file).
 *  3. A level-triggered entry that can't be removed makes `epoll_wait` return at once, for ever.
 *
 * Users and their C libraries do such things, a `fork` is enough, so nothing here relies on being
 * told of a close. There are two defences.
 *
 * Every registration is `EPOLLONESHOT`: having been reported once, an entry is dumb until it is armed
 * anew. A stale entry thus costs one needless return from `epoll_wait` and, until the file goes, a
 * few bytes of kernel memory. The price is one `epoll_ctl` for every wait, about a third of a
 * microsecond.
 *
 * And every registration has a generation, which travels in the upper half of `epoll_data`. The
 * kernel takes over the whole of `epoll_data` at each `EPOLL_CTL_MOD`, so an event whose generation
 * isn't the one that was armed last comes from an entry that nobody cares for any more: a file closed
 * behind our back, or a registration changed after the event was harvested. It is counted and
 * dropped, even if its number by now belongs to another file that somebody does wait for. Nothing is
 * lost by that: arming looks at the file's state, so what is still true is reported again.
 *
 * A oneshot entry stays in the dictionary, so that to arm it means `EPOLL_CTL_MOD` if the kernel has
 * it and `EPOLL_CTL_ADD` if not. Which of the two can't be known here, for the reasons above; but the
 * kernel knows. What has been waited for once usually is again, so MOD goes first, and ADD follows
 * if it says `ENOENT`. If that fails too the descriptor is no good, and all who wait for it are told.
 *
 * No wait ever moves to another file. While somebody waits for a number it has an entry, so a MOD on
 * behalf of those who wait that says `ENOENT` tells that the number has become another file's: they
 * are rejected with `EBADF`, and ADD is for newcomers alone. One case is left in which MOD succeeds
 * on the wrong entry: a number that stood for A, for B, and by dup2(2) for A again may have an entry
 * for each. So the entries of a number are counted. While there may be several, it is looked whether
 * the number still stands for the same socket, which its name in /proc tells; of other files the
 * kernel is asked which entries it has (proc(5), fdinfo), before and after. That takes as long as
 * there are entries in all.
 *
 * `EPOLLERR` and `EPOLLHUP` are reported whether one asks for them or not, and each wakes reader and
 * writer: both will learn from their next call what has happened. `EPOLLPRI` is a direction of its
 * own, and wakes neither.
 *
 * epoll(7), section "Questions and answers", numbers 5 to 7, has the kernel's side of it.
 */

import { ENOENT, EPOLLONESHOT } from "../ffi/constants.ts";
import type { Epoll } from "../sys/epoll.ts";
import { describeFd } from "../ffi/errors.ts";
import { Registration } from "./registration.ts";

/** The generation of the wakeup's entry. Those of registrations start at 1. */
export const wakeupGeneration = 0;

/** What the kernel has been told to report, by number. */
export class Entries {
  readonly #epoll: Epoll;
  /** By fd. They outlive their waiters, since descriptors are usually waited for again. */
  readonly #registrations: (Registration | undefined)[] = [];
  /** Of numbers that may have several entries: the name of the socket that the last one is for. */
  readonly #sockets = new WeakMap<Registration, string>();
  #generation = wakeupGeneration;

  constructor(epoll: Epoll) {
    this.#epoll = epoll;
  }

  /** The registration of the number `fd`, if there is one. */
  get(fd: number): Registration | undefined {
    return this.#registrations[fd];
  }

  /** The registration of the number `fd`, made anew if there is none. */
  registrationOf(fd: number): Registration {
    return this.#registrations[fd] ?? new Registration(fd);
  }

  /** All registrations, by number. */
  all(): Registration[] {
    return this.#registrations.filter((registration) => registration !== undefined);
  }

  /** Makes an entry that reports `events`. Returns 0 or the errno. */
  add(registration: Registration, events: number): number {
    const { fd } = registration;
    const generation = this.#nextGeneration();
    const refusal = this.#epoll.add(fd, events | EPOLLONESHOT, generation);
    if (refusal !== 0) return refusal;
    this.#registrations[fd] = registration;
    if (registration.entries++ > 0) this.#noteSocket(registration);
    registration.armed = events;
    registration.generation = generation;
    return 0;
  }

  /**
   * Has the number's entry report `events`. Returns 0 or the errno: `ENOENT` if there is none, or if
   * those who wait do so for another file than the number stands for.
   */
  modify(registration: Registration, events: number): number {
    const { fd, generation } = registration;
    let ambiguous = registration.entries > 1 && registration.first !== undefined;
    const socket = ambiguous ? this.#sockets.get(registration) : undefined;
    if (socket !== undefined) {
      if (describeFd(fd) !== socket) return ENOENT;
      ambiguous = false;
    }
    if (ambiguous && !this.#has(registration, generation)) return ENOENT;
    const next = this.#nextGeneration();
    const refusal = this.#epoll.modify(fd, events | EPOLLONESHOT, next);
    if (refusal !== 0) return refusal;
    // A newcomer has whatever file the number stands for by now.
    if (registration.entries > 1 && registration.first === undefined) {
      this.#noteSocket(registration);
    }
    if (ambiguous && !this.#has(registration, next, generation)) return ENOENT;
    registration.armed = events;
    registration.generation = next;
    return 0;
  }

  /** Removes the number's entry, if it can be found. */
  remove(registration: Registration): void {
    registration.armed = 0;
    if (this.#epoll.remove(registration.fd) === 0) registration.entries--;
    this.forgetUnused(registration);
  }

  /** Forgets `registration` if it has neither claims nor entries. Returns whether it did. */
  forgetUnused(registration: Registration): boolean {
    const unused = registration.entries === 0 && registration.first === undefined;
    if (unused) this.#registrations[registration.fd] = undefined;
    return unused;
  }

  /** Takes note of the socket that the number stands for now, if it is one. */
  #noteSocket(registration: Registration): void {
    const socket = socketOf(registration.fd);
    if (socket === undefined) this.#sockets.delete(registration);
    else this.#sockets.set(registration, socket);
  }

  /**
   * Whether the kernel has an entry of `generation`, and none of `other`, under this number. Where it
   * can't be asked, for want of descriptors, say, no wait must rely on it.
   */
  #has(registration: Registration, generation: number, other?: number): boolean {
    const generations = this.#epoll.generationsOf(registration.fd);
    if (generations === undefined) return false;
    registration.entries = generations.length;
    return generations.includes(generation) && !generations.some((value) => value === other);
  }

  #nextGeneration(): number {
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.#generation === wakeupGeneration) this.#generation++;
    return this.#generation;
  }
}

/** The name of what `fd` stands for, if no other open file has it, which is so for sockets. */
function socketOf(fd: number): string | undefined {
  const target = describeFd(fd);
  return target?.startsWith("socket:") ? target : undefined;
}
