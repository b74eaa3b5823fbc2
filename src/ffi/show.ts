/** Values in messages. */

import { inspect } from "node:util";

/** What `value` looks like, on one line. */
export function show(value: unknown): string {
  return inspect(value, {
    depth: 0,
    breakLength: Infinity,
    maxArrayLength: 8,
    maxStringLength: 80,
  });
}
