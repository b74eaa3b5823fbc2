/** Memory of C's, for calls that may outlive the isolate that makes them. */

import { openMore } from "./libc.ts";
import type { Functions, Memory, SymbolTable } from "./symbols.ts";

const memorySymbols = {
  // void *malloc(size_t size)
  malloc: { args: ["usize"], returns: "usize" },
  // void free(void *ptr)
  free: { args: ["usize"], returns: "void" },
  // void *memcpy(void *dest, const void *src, size_t n)
  memcpy: { args: ["usize", "buffer", "usize"], returns: "void" },
} as const satisfies SymbolTable;

let functions: Functions<typeof memorySymbols> | undefined;

/** A copy of `memory`, at an address that stays good until it is given to {@linkcode release}. */
export function copyOut(memory: Memory): bigint {
  functions ??= openMore(memorySymbols);
  const length = BigInt(memory.byteLength);
  const address = BigInt(functions.malloc(length));
  functions.memcpy(address, memory, length);
  return address;
}

/** Frees what {@linkcode copyOut} returned. */
export function release(address: bigint): void {
  functions?.free(address);
}
