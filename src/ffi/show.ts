/** Values in messages. */

import { builtin } from "./runtime.ts";

interface Util {
  inspect(value: unknown, options: Record<string, number>): string;
}

/** What `value` looks like, on one line. */
export function show(value: unknown): string {
  return (builtin("node:util") as Util).inspect(value, {
    depth: 0,
    breakLength: Infinity,
    maxArrayLength: 8,
    maxStringLength: 80,
  });
}
