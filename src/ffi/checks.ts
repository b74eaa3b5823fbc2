/**
 * Checks of the values that programs pass to C: descriptors, numbers and text. Bun's FFI makes
 * something of every value, 0 for the most part, and Deno's drops what doesn't fit into the C type
 * once a call has been optimised.
 */

import { getBuiltinModule } from "../runtime/globals.ts";

/**
 * A file descriptor: a number, an object with it as `fd`, or an object whose `fileno()` returns it.
 */
export type FdLike = number | { readonly fd: number } | { fileno(): number };

/**
 * The number of `fd`; throws a `TypeError` that shows the value if it isn't a descriptor. Every
 * number that reaches C as a descriptor comes through here, because Bun's FFI converts other values
 * to 0.
 */
export function toFd(fd: FdLike): number {
  const number = readFdNumber(fd);
  const word = number | 0;
  if (word === number && word >= 0) return word;
  throw notAnFd(fd);
}

/** What `fd` says its number is, valid or not; throws as {@linkcode toFd} if it says nothing. */
export function readFdNumber(fd: FdLike): number {
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
  if (typeof value === "object" && value !== null && "fd" in value && value.fd === -1) {
    return new TypeError(
      `Not a file descriptor: ${inspectLine(value)}. Its fd is -1: it has been closed`,
    );
  }
  return new TypeError(
    `Not a file descriptor: ${inspectLine(value)}. ` +
      "It is a number from 0 up, or an object with fd or fileno()",
  );
}

const maxInt = 0x7fff_ffff;
const maxUnsigned = 0xffff_ffff;

/**
 * Returns `value`, or throws if it isn't an integer from `min` to `max` (default: the range of C's
 * `int`).
 */
export function checkInteger(
  name: string,
  value: number,
  min: number = ~maxInt,
  max: number = maxInt,
): number {
  if (!Number.isInteger(value)) {
    throw new TypeError(`The ${name} must be an integer, got ${inspectLine(value)}`);
  }
  if (value < min || value > max) {
    throw new RangeError(`The ${name} must be from ${min} to ${max}, got ${inspectLine(value)}`);
  }
  // Deno's FFI refuses -0.
  return value + 0;
}

/**
 * Flags as C's `int`. They may be given as an unsigned word, or as the signed one that `|` makes.
 */
export function checkFlags(name: string, value: number): number {
  return checkInteger(name, value, ~maxInt, maxUnsigned) | 0;
}

/** Flags as C's `unsigned int`. */
export function checkUnsignedFlags(name: string, value: number): number {
  return checkFlags(name, value) >>> 0;
}

/** `value`, if it is an object. */
export function checkObject<T extends object>(name: string, value: T): T {
  if (typeof value === "object" && value !== null) return value;
  throw new TypeError(`The ${name} must be an object, got ${inspectLine(value)}`);
}

/** `value`, unless it is neither `true` nor `false`. */
export function checkBoolean(name: string, value: boolean): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`The ${name} must be true or false, got ${inspectLine(value)}`);
}

/**
 * `text` with a NUL behind it; throws a `TypeError` if it isn't a string, or has a NUL inside or
 * half of a surrogate pair, which UTF-8 would turn into another name.
 */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string") throw new TypeError(`Not a string: ${inspectLine(text)}`);
  if (text.includes("\0")) {
    throw new TypeError(`This string can't contain a NUL: ${JSON.stringify(text)}`);
  }
  if (!text.isWellFormed()) {
    throw new TypeError(`This string can't contain a lone surrogate: ${JSON.stringify(text)}`);
  }
  return new TextEncoder().encode(`${text}\0`);
}

interface Util {
  inspect(value: unknown, options: Record<string, number>): string;
}

/** What `value` looks like, on one line. */
export function inspectLine(value: unknown): string {
  const text = (getBuiltinModule("node:util") as Util).inspect(value, {
    depth: 0,
    breakLength: Infinity,
    maxArrayLength: 8,
    maxStringLength: 80,
  });
  // Errors have their stack.
  return text.split("\n", 1)[0]!;
}
