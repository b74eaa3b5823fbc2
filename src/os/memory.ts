/** Addresses of memory, for structs that contain pointers. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { locate } from "../ffi/c_memory.ts";

/**
 * Returns the address of a view's memory, for a struct with a pointer, such as the argument of an
 * {@linkcode ioctl}. Keep the view reachable while the kernel or C may use the address, and neither
 * resize nor transfer its buffer: nothing else keeps the memory in place.
 *
 * @param view A typed array or a DataView.
 * @returns The address; 0 if the view has no bytes.
 * @throws {TypeError} If `view` isn't a view of memory, or is detached.
 *
 * @example Fill a `struct iovec`
 * ```ts
 * import { addressOf } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const buffer = new Uint8Array(64);
 * const iovec = new BigUint64Array([addressOf(buffer), BigInt(buffer.length)]);
 * assertEquals(addressOf(buffer.subarray(8)), iovec[0]! + 8n);
 * ```
 */
export function addressOf(view: ArrayBufferView): bigint {
  return locate(toPlainBytes(view));
}
