/** Strings as C has them. */

import { show } from "./show.ts";

/**
 * `text` with a NUL behind it; throws a `TypeError` if it is no string, or has a NUL inside or half of
 * a surrogate pair, of which UTF-8 would make another name.
 */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string") throw new TypeError(`Not a string: ${show(text)}`);
  if (text.includes("\0")) {
    throw new TypeError(`This string can't contain a NUL: ${JSON.stringify(text)}`);
  }
  if (!text.isWellFormed()) {
    throw new TypeError(`This string can't contain a lone surrogate: ${JSON.stringify(text)}`);
  }
  return new TextEncoder().encode(`${text}\0`);
}
