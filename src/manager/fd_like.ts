/** What may stand for a file descriptor. */

import { inspect } from "node:util";

/**
 * A file descriptor: its number, an object that has it as `fd`, or one whose `fileno()` tells it.
 */
export type FdLike = number | { readonly fd: number } | { fileno(): number };

/** The largest number that the kernel takes for one. */
const maxFd = 0x7fff_ffff;

/** The number of `fd`; throws a `TypeError` that shows the value if it is no descriptor. */
export function toFd(fd: FdLike): number {
  const number = numberOf(fd);
  if (Number.isInteger(number) && number >= 0 && number <= maxFd) return number;
  throw notAnFd(fd);
}

/** What `fd` says its number is, valid or not; throws as {@linkcode toFd} if it says nothing. */
export function numberOf(fd: FdLike): number {
  if (typeof fd === "number") return fd;
  if (typeof fd === "object" && fd !== null) {
    if ("fd" in fd && typeof fd.fd === "number") return fd.fd;
    if ("fileno" in fd && typeof fd.fileno === "function") return fd.fileno();
  }
  throw notAnFd(fd);
}

function notAnFd(value: unknown): TypeError {
  const shown = inspect(value, { depth: 0, breakLength: Infinity });
  return new TypeError(
    `Not a file descriptor: ${shown}. It is a number from 0 up, or an object with fd or fileno()`,
  );
}
