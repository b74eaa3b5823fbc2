/** Checks of arguments. */

import { inspect } from "node:util";
import type { WaitOptions } from "./types.ts";

/** `value` for an error message, in one line. */
export function describe(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 0 });
}

/** Returns `options`. Throws a TypeError unless they are an object. */
export function checkOptions<T extends object>(options: T): T {
  if (typeof options === "object" && options !== null) return options;
  throw new TypeError(`The options must be an object, got ${describe(options)}`);
}

/** Returns the option `signal`. Throws a TypeError unless it is an AbortSignal. */
export function checkSignal({ signal }: WaitOptions): AbortSignal | undefined {
  if (signal === undefined || signal === null || signal instanceof AbortSignal) {
    return signal ?? undefined;
  }
  throw new TypeError(`The option signal must be an AbortSignal, got ${describe(signal)}`);
}

/** Throws unless the option `name` is an integer from 0 to `max`. */
export function checkInteger(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  const ErrorClass = typeof value === "number" ? RangeError : TypeError;
  throw new ErrorClass(
    `The option ${name} must be an integer from 0 to ${max}, got ${describe(value)}`,
  );
}

/** Throws a TypeError unless `path` is a path. */
export function checkPath(path: unknown): void {
  if (typeof path === "string" || path instanceof Uint8Array) return;
  throw new TypeError(`The path must be a string or a Uint8Array, got ${describe(path)}`);
}
