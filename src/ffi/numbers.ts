/**
 * Checks of what is handed to C. Bun's FFI makes something of every value, 0 for the most part, and
 * Deno's drops what doesn't fit into the C type once a call has been optimised.
 */

import { show } from "./show.ts";

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
    throw new TypeError(`The ${name} must be an integer, got ${show(value)}`);
  }
  if (value < min || value > max) {
    throw new RangeError(`The ${name} must be from ${min} to ${max}, got ${show(value)}`);
  }
  // Deno's FFI refuses -0.
  return value + 0;
}

/** Flags as C's `int`. They may be given as an unsigned word, or as the signed one that `|` makes. */
export function checkFlags(name: string, value: number): number {
  return checkInteger(name, value, ~maxInt, maxUnsigned) | 0;
}

/** Flags as C's `unsigned int`. */
export function checkUnsignedFlags(name: string, value: number): number {
  return checkFlags(name, value) >>> 0;
}

/** `value`, unless it is neither `true` nor `false`. */
export function checkBoolean(name: string, value: boolean): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`The ${name} must be true or false, got ${show(value)}`);
}
