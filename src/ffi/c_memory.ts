/** Memory of C's, for calls that may outlive the isolate that makes them. */

import { bindSymbols } from "./libc.ts";
import { type Memory, memorySymbols } from "./symbols.ts";

/** A copy of `memory`, at an address that stays good until it is given to {@linkcode release}. */
export function copyOut(memory: Memory): bigint {
  const { malloc, memcpy } = bindSymbols(memorySymbols);
  const length = BigInt(memory.byteLength);
  const address = BigInt(malloc(length));
  memcpy(address, memory, length);
  return address;
}

/** Frees what {@linkcode copyOut} returned. */
export function release(address: bigint): void {
  bindSymbols(memorySymbols).free(address);
}
