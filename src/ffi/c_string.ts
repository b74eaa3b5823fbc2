/** Strings as C has them. */

/** `text` with a NUL behind it; throws a `TypeError` if it has one inside. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) {
    throw new TypeError(`No NUL can be part of this: ${JSON.stringify(text)}`);
  }
  return new TextEncoder().encode(`${text}\0`);
}
