/** Where the manager gets its events: from epoll, and those that epoll doesn't report again. */

import { takeUringInterruptions, wasInterruptedByUring } from "../driver/interruptions.ts";
import { EPOLLIN, EPOLLPRI } from "../ffi/constants.ts";
import { now } from "../runtime/globals.ts";
import type { Epoll, EventBuffer } from "../sys/epoll.ts";
import { pollFd } from "../sys/poll.ts";
import { type Registrations, wakeupGeneration } from "./registrations.ts";

export class EventSource {
  readonly #epoll: Epoll;
  readonly #wakeupFd: number;
  readonly #registrations: Registrations;
  /** A wakeup was received and not processed. It is edge-triggered. */
  #hasWakeup = false;
  /** By fd: events that poll(2) found. Some files report an event only once. */
  readonly #polled = new Map<number, number>();

  constructor(epoll: Epoll, wakeupFd: number, registrations: Registrations) {
    this.#epoll = epoll;
    this.#wakeupFd = wakeupFd;
    this.#registrations = registrations;
  }

  /**
   * Polls `fd` itself for priority, and keeps what it finds for the next call of `poll` or `receive`.
   * Returns whether there is anything.
   *
   * Some files report an event only once, to the first that polls them. `EPOLL_CTL_MOD` polls the file,
   * but epoll_wait(2) polls again before it reports. So an event from before the `MOD` would be lost.
   */
  pollPriority(fd: number): boolean {
    let events;
    try {
      events = pollFd(fd, EPOLLPRI);
    } catch {
      return false; // because of a low RLIMIT_NOFILE, for example; epoll works all the same
    }
    if ((events & EPOLLPRI) === 0) return false;
    this.#polled.set(fd, events);
    return true;
  }

  /** Receives events without blocking, for the caller to process at once. */
  poll(): EventBuffer {
    const events = this.#epoll.wait(0);
    if (this.#polled.size > 0) this.#includePolled(events);
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
    const isUrgent = this.#hasWakeup || this.#polled.size > 0;
    const events = this.#waitUninterrupted(isUrgent ? 0 : milliseconds);
    if (includes(events, this.#wakeupFd, wakeupGeneration)) this.#hasWakeup = true;
    else if (this.#hasWakeup) events.push(EPOLLIN, this.#wakeupFd, wakeupGeneration);
    this.#includePolled(events);
    return events;
  }

  /** Whether `events` came from here. */
  isOwn(events: EventBuffer): boolean {
    return events.owner === this.#epoll;
  }

  /** The latest events, if the program has not processed them. Keeps those that come only once. */
  takeUnprocessed(): EventBuffer | undefined {
    const { events } = this.#epoll;
    if (events.state !== "unprocessed") return undefined;
    for (let index = 0; index < events.length; index++) {
      const flags = events.events(index);
      if (flags & EPOLLPRI) this.#polled.set(events.fd(index), flags);
    }
    return events;
  }

  /** The program begins to process `events`. */
  startProcessing(events: EventBuffer): void {
    events.state = "processing";
    // A listener that receives events must not get the wakeup twice.
    if (this.#hasWakeup && includes(events, this.#wakeupFd, wakeupGeneration)) {
      this.#hasWakeup = false;
    }
  }

  /** Waits again after an interruption that wasn't a signal. */
  #waitUninterrupted(milliseconds: number): EventBuffer {
    // Earlier interruptions don't matter.
    if (milliseconds !== 0) takeUringInterruptions();
    const started = milliseconds > 0 ? now() : 0;
    for (let left = milliseconds;;) {
      const events = this.#epoll.wait(left);
      if (!this.#epoll.interrupted || !wasInterruptedByUring()) return events;
      if (left > 0) left = Math.max(0, Math.ceil(started + milliseconds - now()));
    }
  }

  /** Adds what poll(2) found, unless epoll reports it too. What has no room comes next time. */
  #includePolled(events: EventBuffer): void {
    for (const [fd, flags] of this.#polled) {
      if (!events.hasRoom) return;
      this.#polled.delete(fd);
      const generation = this.#registrations.generation(fd);
      const isCurrent = this.#registrations.matches(fd, generation);
      if (isCurrent && !includes(events, fd, generation)) events.push(flags, fd, generation);
    }
  }
}

function includes(events: EventBuffer, fd: number, generation: number): boolean {
  for (let index = 0; index < events.length; index++) {
    if (events.generation(index) === generation && events.fd(index) === fd) return true;
  }
  return false;
}
