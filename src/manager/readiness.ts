/** Directions and readiness, as programs name them and as the kernel does. */

import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from "../ffi/constants.ts";
import { checkBoolean, inspectLine } from "../ffi/checks.ts";

/** The directions to wait for. */
export interface Interest {
  /** Reading wouldn't block: there is data, a connection to accept, or the end (`EPOLLIN`). */
  readonly readable?: boolean | undefined;
  /** Writing wouldn't block (`EPOLLOUT`). */
  readonly writable?: boolean | undefined;
  /** There is an exceptional condition, such as out-of-band data (`EPOLLPRI`). */
  readonly priority?: boolean | undefined;
  /**
   * The peer has closed the connection, or has shut down its sending direction (`EPOLLRDHUP`,
   * `EPOLLHUP`).
   */
  readonly hangup?: boolean | undefined;
}

/**
 * The requested directions that are ready. The kernel reports errors and hang-ups without a
 * request. Either makes the requested `readable`, `writable` and `priority` ready. If all fields
 * are false, the timeout has expired.
 */
export interface Readiness {
  /** Reading wouldn't block. */
  readonly readable: boolean;
  /** Writing wouldn't block. */
  readonly writable: boolean;
  /** There is an exceptional condition. */
  readonly priority: boolean;
  /**
   * The peer has closed the connection, or has shut down its sending direction (`EPOLLRDHUP`,
   * `EPOLLHUP`).
   */
  readonly hangup: boolean;
  /**
   * The descriptor has an error (`EPOLLERR`): an ICMP error of a UDP socket, an overrun of a
   * netlink socket, an entry in a socket's error queue. Always reported, never requested. An error
   * doesn't mean that the peer is gone.
   */
  readonly error: boolean;
}

const directions = ["readable", "writable", "priority", "hangup"] as const;

/** The flag of each direction. */
const directionFlags = {
  readable: EPOLLIN,
  writable: EPOLLOUT,
  priority: EPOLLPRI,
  hangup: EPOLLRDHUP,
} as const;

/** The kernel's flags for `interest`. Throws a `TypeError` for a wrong value. */
export function parseInterest(interest: Interest): number {
  if (typeof interest !== "object" || interest === null) {
    throw new TypeError(
      `The interest must be an object such as { readable: true }, got ${inspectLine(interest)}`,
    );
  }
  let flags = 0;
  for (const direction of directions) {
    const value = interest[direction];
    if (value !== undefined && checkBoolean(`option ${direction}`, value)) {
      flags |= directionFlags[direction];
    }
  }
  return flags;
}

/**
 * Whether `flags` make something of `interest` ready. Errors and hang-ups make everything ready.
 */
export function isReadyFor(interest: number, flags: number): boolean {
  return interest !== 0 && (flags & (interest | EPOLLERR | EPOLLHUP)) !== 0;
}

/** The readiness that `flags` mean for `interest`. */
export function toReadiness(interest: number, flags: number): Readiness {
  const ready = (flags & (EPOLLERR | EPOLLHUP)) === 0 ? interest & flags : interest;
  return {
    readable: (ready & EPOLLIN) !== 0,
    writable: (ready & EPOLLOUT) !== 0,
    priority: (ready & EPOLLPRI) !== 0,
    hangup: (interest & EPOLLRDHUP) !== 0 && (flags & (EPOLLRDHUP | EPOLLHUP)) !== 0,
    error: (flags & EPOLLERR) !== 0,
  };
}

/** The names of the directions in `interest`. */
export function formatDirections(interest: number): string {
  return directions.filter((direction) => interest & directionFlags[direction]).join(", ");
}
