/** Memory that is given to read into or to write from. */

import { inspectLine } from "./checks.ts";

/*
 * A subclass of a view may override the getters that say which memory it has, and the constructor
 * that its methods use. The getters of the base class don't lie.
 */
const prototype = Object.getPrototypeOf(Uint8Array.prototype);
const typedArray = getters(prototype);
/** The name of the kind of typed array; otherwise undefined. */
const tag = Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag)!.get!;
const dataView = getters(DataView.prototype);
const { at } = Uint8Array.prototype;

type Getters = ReturnType<typeof getters>;

function getters(prototype: object) {
  const getter = <T>(name: string): (this: unknown) => T =>
    Object.getOwnPropertyDescriptor(prototype, name)!.get as () => T;
  return {
    buffer: getter<ArrayBufferLike>("buffer"),
    byteOffset: getter<number>("byteOffset"),
    byteLength: getter<number>("byteLength"),
  };
}

/**
 * The bytes of `view` as they are now. If its buffer grows, shrinks or is detached later,
 * {@linkcode getByteLength} the result changes or throws. The result may be `view` itself, whose
 * own properties may lie.
 */
export function toBytes(view: ArrayBufferView): Uint8Array {
  const length = getByteLength(view);
  // The usual case, which needs no other view. One of a resizable buffer may follow its length.
  if (Object.getPrototypeOf(view) === Uint8Array.prototype && !isResizable(getMemory(view))) {
    return view as Uint8Array;
  }
  return new Uint8Array(getMemory(view), getByteOffset(view), length);
}

/** The bytes of `view`, as an object with its true properties. */
export function toPlainBytes(view: ArrayBufferView): Uint8Array {
  return bytesFrom(toBytes(view), 0);
}

/** `bytes` from `start` on. */
export function bytesFrom(bytes: Uint8Array, start: number): Uint8Array {
  return new Uint8Array(
    getMemory(bytes),
    getByteOffset(bytes) + start,
    getByteLength(bytes) - start,
  );
}

/**
 * The length of `view` in bytes; throws a `TypeError` if it isn't a view, or its memory is gone.
 */
export function getByteLength(view: ArrayBufferView): number {
  if (!ArrayBuffer.isView(view)) throw notBytesError(view);
  try {
    const known = gettersOf(view);
    const length = known.byteLength.call(view);
    // A view without memory has no length either. The methods of typed arrays throw for such a
    // view; a DataView has thrown by now.
    if (length === 0 && known === typedArray) at.call(view as Uint8Array, 0);
    return length;
  } catch {
    throw memoryGoneError();
  }
}

/** The same for C's `int` and `socklen_t`: the kernel refuses this much, too, of longer memory. */
export function getIntLength(view: ArrayBufferView): number {
  return Math.min(getByteLength(view), 0x7fff_ffff);
}

/** The memory of `view`, whatever a subclass says. */
export function getMemory(view: ArrayBufferView): ArrayBufferLike {
  return gettersOf(view).buffer.call(view);
}

/** Where in its memory `view` begins, whatever a subclass says. */
export function getByteOffset(view: ArrayBufferView): number {
  return gettersOf(view).byteOffset.call(view);
}

function gettersOf(view: ArrayBufferView): Getters {
  // The usual case. Reading the tag is slow in Bun.
  if (Object.getPrototypeOf(view) === Uint8Array.prototype) return typedArray;
  return tag.call(view) === undefined ? dataView : typedArray;
}

/** Whether the length of `buffer` can change. Not by `instanceof`: it may be another realm's. */
export function isResizable(buffer: ArrayBufferLike): boolean {
  return "resizable" in buffer ? buffer.resizable : buffer.growable;
}

/** The error for memory that is gone. */
export function memoryGoneError(): TypeError {
  return new TypeError(
    "The memory is gone: its buffer is detached, or smaller than the view of it",
  );
}

/** The error for a value that isn't a view of memory. */
export function notBytesError(value: unknown): TypeError {
  const hint = typeof value === "string"
    ? "Use new TextEncoder().encode(text) for the bytes of a text"
    : value instanceof ArrayBuffer || value instanceof SharedArrayBuffer
    ? "Use new Uint8Array(buffer) for its bytes"
    : undefined;
  return new TypeError(
    `Not an ArrayBufferView, such as a Uint8Array or a DataView: ${inspectLine(value)}` +
      (hint === undefined ? "" : `. ${hint}`),
  );
}

let lastLength = 0;
let lastSize = 0n;

/** `length` as a size_t. Buffers are mostly of one size, and each bigint is an object. */
export function toSize(length: number): bigint {
  if (length !== lastLength) {
    lastSize = BigInt(length);
    lastLength = length;
  }
  return lastSize;
}
