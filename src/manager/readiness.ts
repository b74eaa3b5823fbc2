/** What can be waited for, and what is ready: as programs say it, and as the kernel does. */

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../ffi/constants.ts";
import { checkBoolean, inspectLine } from "../ffi/checks.ts";

/** Directions to wait for. Those that are left out aren't waited for. */
export interface Interest {
  /** Reading wouldn't block: there is data, a connection to accept, or the end (`EPOLLIN`). */
  readonly readable?: boolean;
  /** Writing wouldn't block (`EPOLLOUT`). */
  readonly writable?: boolean;
  /** There is an exceptional condition, such as out-of-band data (`EPOLLPRI`). */
  readonly priority?: boolean;
  /** The peer of a socket has gone away, or has ended its sending direction (`EPOLLRDHUP`). */
  readonly hangup?: boolean;
}

/** What was asked for and is ready. An error or a hang-up makes all that was asked for ready. */
export interface Readiness {
  /** Reading wouldn't block. */
  readonly readable: boolean;
  /** Writing wouldn't block. */
  readonly writable: boolean;
  /** There is an exceptional condition. */
  readonly priority: boolean;
  /** The peer has gone away, or has ended its sending direction. */
  readonly hangup: boolean;
}

/** The directions, by the names that programs use. */
const directions = ["readable", "writable", "priority", "hangup"] as const;

const eventsOfDirections = {
  readable: EPOLLIN,
  writable: EPOLLOUT,
  priority: EPOLLPRI,
  hangup: EPOLLRDHUP,
} as const;

/** The kernel's word for `interest`; throws a `TypeError` for a value that is none. */
export function eventsOf(interest: Interest): number {
  if (typeof interest !== "object" || interest === null) {
    throw new TypeError(
      `The interest must be an object such as { readable: true }, got ${inspectLine(interest)}`,
    );
  }
  let events = 0;
  for (const direction of directions) {
    const wanted = interest[direction];
    if (wanted !== undefined && checkBoolean(`option ${direction}`, wanted)) {
      events |= eventsOfDirections[direction];
    }
  }
  return events;
}

/** The kernel's `events` in the program's words. */
export function readinessOf(events: number): Readiness {
  return {
    readable: (events & EPOLLIN) !== 0,
    writable: (events & EPOLLOUT) !== 0,
    priority: (events & EPOLLPRI) !== 0,
    hangup: (events & EPOLLRDHUP) !== 0,
  };
}

/** Those of `wanted` that `events` make ready. */
export function readyOf(wanted: number, events: number): number {
  return events & (EPOLLERR | EPOLLHUP) ? wanted : wanted & events;
}

/** The names of the directions in `events`. */
export function namesOf(events: number): string {
  return directions.filter((direction) => events & eventsOfDirections[direction]).join(", ");
}
