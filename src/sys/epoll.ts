/** An epoll instance, its calls, and the events that it reports. */

import {
  EBADF,
  EINTR,
  EINVAL,
  ELOOP,
  ENOENT,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  F_GETFL,
  O_CLOEXEC,
  O_PATH,
} from "../ffi/constants.ts";
import { type SystemError, systemError } from "../ffi/errors.ts";
import { lastErrno, type Libc, libc, pin } from "../ffi/libc.ts";
import type { Memory } from "../ffi/symbols.ts";
import { type EpollEventLayout, thisArchitecture } from "./architecture.ts";
import { OwnedFd } from "./owned_fd.ts";
import { readText } from "./proc.ts";

/** One event: a descriptor and its `EPOLL*` flags. */
export interface EpollEvent {
  /** The descriptor's number, as it was passed to the wait. */
  readonly fd: number;
  /** The flags, combined with `|`. */
  readonly events: number;
}

/**
 * The events that {@linkcode EpollIOManager.getEvents} returns, in the kernel's order. Pass them to
 * {@linkcode EpollIOManager.processEvents} before you call `getEvents` again, which may reuse the
 * list.
 */
export interface EventList extends Iterable<EpollEvent> {
  /** The number of events. 0 only if the timeout expired or a signal interrupted the wait. */
  readonly length: number;
}

/**
 * Events at a time, which keep the event loop busy for half a millisecond. The next call reports
 * the rest.
 */
const capacity = 256;

/** An {@linkcode EventList} as the kernel writes it. */
export class EventBuffer implements EventList {
  /** `struct epoll_event[]`, with room for two more than `epoll_wait` may write. */
  readonly words: Uint32Array<ArrayBuffer>;
  readonly layout: EpollEventLayout;
  /** The instance that they come from. */
  readonly owner: object | undefined;
  length = 0;
  /** How many of them the kernel has reported. The others were pushed. */
  reported = 0;
  /** How far the program is with them. */
  state: "unprocessed" | "processing" | "processed" = "processed";

  constructor(layout: EpollEventLayout, owner?: object) {
    this.layout = layout;
    this.owner = owner;
    this.words = new Uint32Array((capacity + 2) * layout.stride);
  }

  /** Whether there is room for {@linkcode EventBuffer.push}. */
  get hasRoom(): boolean {
    return this.length < capacity + 2;
  }

  /** The descriptor of event `index`. */
  fd(index: number): number {
    return this.words[index * this.layout.stride + this.layout.fd]!;
  }

  /** The flags of event `index`. */
  flags(index: number): number {
    return this.words[index * this.layout.stride]!;
  }

  /** The generation of the registration that event `index` comes from. */
  generation(index: number): number {
    return this.words[index * this.layout.stride + this.layout.generation]!;
  }

  /** The index of the event of `fd` with `generation`; -1 if there is none. */
  indexOf(fd: number, generation: number): number {
    for (let index = 0; index < this.length; index++) {
      if (this.generation(index) === generation && this.fd(index) === fd) return index;
    }
    return -1;
  }

  /** Whether the kernel has reported event `index`. */
  isReported(index: number): boolean {
    return index < this.reported;
  }

  /** Adds `flags` to event `index`. */
  addFlags(index: number, flags: number): void {
    this.words[index * this.layout.stride]! |= flags;
  }

  /** Adds an event that the kernel doesn't report again. */
  push(flags: number, fd: number, generation: number): void {
    writeEvent(this.words, this.length++, this.layout, flags, fd, generation);
  }

  *[Symbol.iterator](): IterableIterator<EpollEvent> {
    for (let index = 0; index < this.length; index++) {
      yield { fd: this.fd(index), events: this.flags(index) };
    }
  }
}

/** Writes event `index` of a `struct epoll_event[]`. */
export function writeEvent(
  words: Uint32Array,
  index: number,
  layout: EpollEventLayout,
  events: number,
  fd: number,
  generation: number,
): void {
  const start = index * layout.stride;
  words[start] = events;
  words[start + layout.fd] = fd;
  words[start + layout.generation] = generation;
}

const lostHint =
  "The file was closed without notifyClosing(). The number may refer to another file by now";

/** Why epoll refuses `fd` with `EBADF`. */
function badFdHint(fd: number): string {
  const flags = libc().fcntl(fd, F_GETFL, 0);
  if (flags === -1) return "The descriptor isn't open. It may already have been closed";
  if ((flags & O_PATH) !== 0) {
    return "The descriptor was opened with O_PATH, which allows no I/O. Open it without O_PATH";
  }
  return "The program's file had been closed. The number belongs to a descriptor of fdready by now";
}

/** Follows the registrations of an epoll instance that is itself watched by another one. */
export interface RegistrationObserver {
  /** `fd` has been registered. Nothing has happened since. */
  onRegistered(fd: number): void;
  /**
   * A registration was refused, maybe because of the other instance: with `EINVAL` if too many
   * paths lead from one open file to it, with `ELOOP` if too many instances would watch each other.
   * Returns whether it makes sense to try again.
   */
  onRefused(): boolean;
}

/** Owns an epoll descriptor. */
export class Epoll implements Disposable {
  readonly #owned: OwnedFd;
  readonly #libc: Libc;
  #events: EventBuffer;
  #pinnedEvents: Memory;
  readonly #layout: EpollEventLayout;
  readonly #registration: Uint32Array<ArrayBuffer>;
  readonly #pinnedRegistration: Memory;
  /** Is notified of registrations. */
  observer: RegistrationObserver | undefined;
  ctlCalls = 0;
  waitCalls = 0;
  /** Whether the last wait was cut short by a signal, or by io_uring. */
  interrupted = false;

  constructor() {
    this.#libc = libc();
    this.#layout = thisArchitecture().epollEvent;
    this.#events = new EventBuffer(this.#layout, this);
    this.#pinnedEvents = pin(this.#events.words);
    this.#registration = new Uint32Array(this.#layout.stride);
    this.#pinnedRegistration = pin(this.#registration);
    this.#owned = new OwnedFd(() => this.#libc.epoll_create1(O_CLOEXEC), "epoll_create1");
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#owned.fd;
  }

  /** The list that {@linkcode Epoll.wait} fills. */
  get events(): EventBuffer {
    return this.#events;
  }

  /** Registers `fd`, which isn't registered. Returns 0 or the errno. */
  add(fd: number, events: number, generation: number): number {
    let errno = this.control(EPOLL_CTL_ADD, fd, events, generation);
    if ((errno === EINVAL || errno === ELOOP) && this.observer?.onRefused()) {
      errno = this.control(EPOLL_CTL_ADD, fd, events, generation);
    }
    if (errno === 0) this.observer?.onRegistered(fd);
    return errno;
  }

  /** Removes the registration of `fd`. Returns 0 or the errno. */
  remove(fd: number): number {
    return this.control(EPOLL_CTL_DEL, fd, 0, 0);
  }

  /** Calls epoll_ctl(2). Returns 0 or the errno. */
  control(operation: number, fd: number, events: number, generation: number): number {
    this.ctlCalls++;
    writeEvent(this.#registration, 0, this.#layout, events, fd, generation);
    const result = this.#libc.epoll_ctl(this.fd, operation, fd, this.#pinnedRegistration);
    return result === 0 ? 0 : lastErrno();
  }

  /**
   * Reads the generations of all registrations of the number `fd` from proc(5), those of files that
   * it referred to earlier included. Undefined if that fails. Slow if there are many registrations.
   */
  generationsOf(fd: number): number[] | undefined {
    let text;
    try {
      text = readText(`/proc/self/fdinfo/${this.fd}`);
    } catch {
      return undefined;
    }
    return Array.from(text.matchAll(/^tfd: *(\d+) .* data: *(\w+)/gm))
      .filter(([, number]) => Number(number) === fd)
      .map(([, , data]) => Number(BigInt(`0x${data}`) >> 32n));
  }

  /** Creates the error for a registration of `fd` that failed with `errno`. */
  createError(errno: number, fd: number): SystemError {
    const context = errno === EBADF ? { fd, hint: badFdHint(fd) } : { fd };
    return systemError(errno, "epoll_ctl", context);
  }

  /** Creates the error for waiters of `fd` if arming it again failed with `errno`. */
  createLostError(errno: number, fd: number): SystemError {
    if (errno !== EBADF && errno !== ENOENT) return this.createError(errno, fd);
    return systemError(EBADF, "epoll_ctl", { fd, hint: lostHint });
  }

  /**
   * Waits for events for up to `milliseconds`, -1 without end. The list is the same each time, and
   * empty if the wait was {@linkcode Epoll.interrupted}.
   */
  wait(milliseconds: number): EventBuffer {
    this.waitCalls++;
    const events = this.#events;
    const count = this.#libc.epoll_wait(this.fd, this.#pinnedEvents, capacity, milliseconds);
    events.length = events.reported = Math.max(count, 0);
    events.state = "unprocessed";
    this.interrupted = count === -1;
    if (count === -1) {
      const errno = lastErrno();
      if (errno !== EINTR) throw systemError(errno, "epoll_wait", { fd: this.fd });
    }
    return events;
  }

  /** Makes the next wait use a new list, so that the last one stays as it is. */
  renewEvents(): void {
    this.#events = new EventBuffer(this.#layout, this);
    this.#pinnedEvents = pin(this.#events.words);
  }

  [Symbol.dispose](): void {
    this.#owned.close();
  }
}
