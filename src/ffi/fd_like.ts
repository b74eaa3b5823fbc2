/** What may stand for a file descriptor. */

import { show } from "./show.ts";

/**
 * A file descriptor: its number, an object that has it as `fd`, or one whose `fileno()` tells it.
 */
export type FdLike = number | { readonly fd: number } | { fileno(): number };

/**
 * The number of `fd`; throws a `TypeError` that shows the value if it is no descriptor. Every number
 * that reaches C as a descriptor comes through here, since Bun's FFI takes 0 for what is none.
 */
export function toFd(fd: FdLike): number {
  const number = numberOf(fd);
  const word = number | 0;
  if (word === number && word >= 0) return word;
  throw notAnFd(fd);
}

/** What `fd` says its number is, valid or not; throws as {@linkcode toFd} if it says nothing. */
export function numberOf(fd: FdLike): number {
  if (typeof fd === "number") return fd;
  if (typeof fd === "object" && fd !== null) {
    const own = "fd" in fd ? fd.fd : undefined;
    if (typeof own === "number") return own;
    if ("fileno" in fd && typeof fd.fileno === "function") {
      const told: unknown = fd.fileno();
      if (typeof told === "number") return told;
    }
  }
  throw notAnFd(fd);
}

function notAnFd(value: unknown): TypeError {
  return new TypeError(
    `Not a file descriptor: ${show(value)}. ` +
      "It is a number from 0 up, or an object with fd or fileno()",
  );
}
