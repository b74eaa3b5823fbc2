/** Paths, which on Linux are bytes and need not be UTF-8. */

import { toPlainBytes } from "./bytes.ts";
import { cString, inspectLine } from "./checks.ts";

/** A path: a string, or bytes, which need not be UTF-8. */
export type PathLike = string | Uint8Array;

/**
 * Returns `path` with a NUL at its end; throws a `TypeError` if it is neither a string nor bytes,
 * or contains a NUL or a lone surrogate.
 */
export function toCPath(path: PathLike): Uint8Array<ArrayBuffer> {
  if (typeof path === "string") return cString(path);
  if (!ArrayBuffer.isView(path)) {
    throw new TypeError(`A path must be a string or a Uint8Array, got ${inspectLine(path)}`);
  }
  const bytes = toPlainBytes(path);
  if (bytes.includes(0)) throw new TypeError(`A path cannot contain a NUL: ${inspectLine(path)}`);
  const terminated = new Uint8Array(bytes.length + 1);
  terminated.set(bytes);
  return terminated;
}

/** Returns `path` as text for an error. Bytes that aren't UTF-8 are replaced. */
export function describePath(path: PathLike): string {
  return typeof path === "string" ? path : decodePath(path);
}

/**
 * Returns `bytes`, which may lie in shared memory, as text. Bytes that aren't UTF-8 are replaced.
 */
export function decodePath(bytes: Uint8Array): string {
  // TextDecoder refuses shared memory, and would remove a byte order mark.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(toPlainBytes(bytes).slice());
}
