/** Memory that is given to read into or to write from. */

import { show } from "./show.ts";

/**
 * The bytes of `view` as they lie now. What its buffer does later, growing, shrinking or being
 * detached, the result shows by having another length, 0.
 */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  const length = lengthOf(view);
  // The usual case, which needs no other view. One of a resizable buffer may follow its length.
  if (view instanceof Uint8Array && !isResizable(view.buffer)) return view;
  return new Uint8Array(view.buffer, view.byteOffset, length);
}

/** The length of `view` in bytes; throws a `TypeError` if it is no view, or one of no memory. */
export function lengthOf(view: ArrayBufferView): number {
  if (!ArrayBuffer.isView(view)) throw notBytes(view);
  try {
    const length = view.byteLength;
    // A view without memory has no length either. The methods of typed arrays tell which it is; a
    // DataView has told by now.
    if (length === 0 && !(view instanceof DataView)) at.call(view as Uint8Array, 0);
    return length;
  } catch {
    throw memoryGone();
  }
}

function isResizable(buffer: ArrayBufferLike): boolean {
  return buffer instanceof ArrayBuffer ? buffer.resizable : buffer.growable;
}

const { at } = Uint8Array.prototype;

/** The error for memory that was there before. */
export function memoryGone(): TypeError {
  return new TypeError(
    "The memory is gone: its buffer is detached, or smaller than the view of it",
  );
}

function notBytes(value: unknown): TypeError {
  const advice = typeof value === "string"
    ? "Text becomes bytes by new TextEncoder().encode(text)"
    : value instanceof ArrayBuffer || value instanceof SharedArrayBuffer
    ? "Its bytes are new Uint8Array(buffer)"
    : undefined;
  return new TypeError(
    `Not an ArrayBufferView, such as a Uint8Array or a DataView: ${show(value)}` +
      (advice === undefined ? "" : `. ${advice}`),
  );
}

let lastLength = 0;
let lastSize = 0n;

/** `length` as a size_t. Buffers are mostly of one size, and each bigint is an object. */
export function sizeOf(length: number): bigint {
  if (length !== lastLength) {
    lastSize = BigInt(length);
    lastLength = length;
  }
  return lastSize;
}
