/** Where the manager gets its events: from epoll, and those that epoll doesn't report again. */

import { isUringClosing, takeUringInterruptions } from "../driver/interruptions.ts";
import { EPOLLIN, EPOLLPRI } from "../ffi/constants.ts";
import { now } from "../runtime/globals.ts";
import type { Epoll, EventBuffer } from "../sys/epoll.ts";
import { pollFd } from "../sys/poll.ts";
import { isReadyFor } from "./readiness.ts";
import { type Registrations, wakeupGeneration } from "./registrations.ts";

/** Receives the events of a manager. */
export class EventSource {
  readonly #epoll: Epoll;
  readonly #wakeupFd: number;
  readonly #registrations: Registrations;
  /** A wakeup was received and not processed. It is edge-triggered. */
  #hasWakeup = false;
  /** By fd: the flags of events that the kernel may not report again. */
  readonly #kept = new Map<number, number>();

  constructor(epoll: Epoll, wakeupFd: number, registrations: Registrations) {
    this.#epoll = epoll;
    this.#wakeupFd = wakeupFd;
    this.#registrations = registrations;
  }

  /**
   * Polls `fd` itself for priority, and keeps what it finds for the next call of `poll` or
   * `receive`. Returns whether there is anything.
   *
   * Some files report an event only once, to the first that polls them. `EPOLL_CTL_MOD` polls the
   * file, but epoll_wait(2) polls again before it reports. So an event from before the `MOD` would
   * be lost.
   */
  pollPriority(fd: number): boolean {
    let flags = this.#getListedFlags(fd);
    try {
      flags |= pollFd(fd, EPOLLPRI);
    } catch {
      // It fails with a low RLIMIT_NOFILE, for example, and epoll works all the same.
    }
    this.keep(fd, flags);
    return this.#kept.has(fd);
  }

  /** Keeps `flags` of `fd`, which the kernel may not report again, for the next call. */
  keep(fd: number, flags: number): void {
    if ((flags & EPOLLPRI) !== 0) this.#kept.set(fd, flags);
  }

  /** Whether an event is kept that something waits for. */
  get hasKept(): boolean {
    if (this.#kept.size === 0) return false;
    return this.#kept.entries().some(([fd, flags]) => this.#isAwaited(fd, flags));
  }

  /** The flags of `fd` that the manager has received, and the program hasn't processed yet. */
  getReceivedFlags(fd: number): number {
    return (this.#kept.get(fd) ?? 0) | this.#getListedFlags(fd);
  }

  /** Drops what is kept for `fd`, which has no waiters any more. */
  drop(fd: number): void {
    if (this.#kept.size > 0) this.#kept.delete(fd);
  }

  /** Receives events without blocking, for the caller to process at once. */
  poll(): EventBuffer {
    const events = this.#epoll.wait(0);
    if (this.#kept.size > 0) this.#includeKept(events);
    return events;
  }

  /**
   * Receives events. Blocks for up to `milliseconds`, -1 for no limit.
   *
   * A wakeup is received again until it is processed.
   */
  receive(milliseconds: number): EventBuffer {
    // A listener that receives events must not overwrite those that are being processed.
    if (this.#epoll.events.state === "processing") this.#epoll.renewEvents();
    const isUrgent = this.#hasWakeup || this.hasKept;
    const events = this.#waitUninterrupted(isUrgent ? 0 : milliseconds);
    if (this.#includesWakeup(events)) this.#hasWakeup = true;
    else if (this.#hasWakeup) events.push(EPOLLIN, this.#wakeupFd, wakeupGeneration);
    if (this.#kept.size > 0) this.#includeKept(events);
    return events;
  }

  /** Whether `events` came from here. */
  isOwn(events: EventBuffer): boolean {
    return events.owner === this.#epoll;
  }

  /** The latest events, if the program received them and did not process them. */
  getUnprocessed(): EventBuffer | undefined {
    const { events } = this.#epoll;
    return events.state === "unprocessed" ? events : undefined;
  }

  /** The program begins to process `events`. */
  startProcessing(events: EventBuffer): void {
    events.state = "processing";
    // A listener that receives events must not get the wakeup twice.
    if (this.#hasWakeup && this.#includesWakeup(events)) this.#hasWakeup = false;
  }

  /** The flags of `fd` that are still to come in the list that was received last. */
  #getListedFlags(fd: number): number {
    const { events } = this.#epoll;
    if (events.state === "processed") return 0;
    const generation = this.#registrations.generation(fd);
    const index = this.#registrations.matches(fd, generation) ? events.indexOf(fd, generation) : -1;
    return index === -1 ? 0 : events.flags(index);
  }

  /** Waits again after an interruption that wasn't a signal. */
  #waitUninterrupted(milliseconds: number): EventBuffer {
    // Earlier interruptions don't matter.
    if (milliseconds !== 0) takeUringInterruptions();
    const started = milliseconds > 0 ? now() : 0;
    for (let left = milliseconds;;) {
      const events = this.#epoll.wait(left);
      if (!this.#epoll.interrupted) return events;
      // While an io_uring is being closed, a signal looks the same.
      if (!takeUringInterruptions() && !isUringClosing()) return events;
      if (left > 0) left = Math.max(0, Math.ceil(started + milliseconds - now()));
    }
  }

  #includesWakeup(events: EventBuffer): boolean {
    return events.indexOf(this.#wakeupFd, wakeupGeneration) !== -1;
  }

  #isAwaited(fd: number, flags: number): boolean {
    return isReadyFor(this.#registrations.armed(fd), flags);
  }

  /**
   * Adds the events that are kept. Those without room come with the next call. Those that nothing
   * waits for are dropped, because the file may change before something does.
   */
  #includeKept(events: EventBuffer): void {
    for (const [fd, flags] of this.#kept) {
      if (!events.hasRoom) return;
      this.#kept.delete(fd);
      if (!this.#isAwaited(fd, flags)) continue;
      const generation = this.#registrations.generation(fd);
      const index = events.indexOf(fd, generation);
      if (index === -1) events.push(flags, fd, generation);
      else events.addFlags(index, flags);
    }
  }
}
