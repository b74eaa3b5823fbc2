/**
 * Addresses of memory: in C, for calls that may outlive the isolate that makes them, and in
 * JavaScript.
 */

import { isResizable } from "./bytes.ts";
import { ENOMEM } from "./constants.ts";
import { systemError } from "./errors.ts";
import { bindSymbols } from "./libc.ts";
import { addressSymbols, type Memory, memorySymbols } from "./symbols.ts";

/**
 * Allocates `size` bytes, at an address that stays good until it is given to
 * {@linkcode freeMemory}.
 *
 * @throws {SystemError} `ENOMEM` If there is no memory.
 */
export function allocateMemory(size: bigint): bigint {
  const address = BigInt(bindSymbols(memorySymbols).malloc(size));
  if (address === 0n) throw systemError(ENOMEM, "malloc");
  return address;
}

/** Allocates a copy of `memory`, in the same way. */
export function copyToC(memory: Memory): bigint {
  const length = BigInt(memory.byteLength);
  const address = allocateMemory(length);
  bindSymbols(memorySymbols).memcpy(address, memory, length);
  return address;
}

/** Frees what {@linkcode allocateMemory} returned. */
export function freeMemory(address: bigint): void {
  bindSymbols(memorySymbols).free(address);
}

/**
 * The address of `memory`, which is good for as long as that is reachable and its buffer is neither
 * resized nor detached; 0 if it has no bytes.
 *
 * C returns it, because Deno's own function for it requires an unrestricted grant.
 */
export function locate(memory: Memory): bigint {
  if (memory.byteLength === 0) return 0n;
  // A small typed array lies among the collector's objects until its buffer is asked for, which in
  // Bun moves it. Deno does so when it calls C.
  void memory.buffer;
  return BigInt(bindSymbols(addressSymbols).memcpy(memory, memory, 0n));
}

const baseAddresses = new WeakMap<ArrayBufferLike, number>();

/**
 * The address of `buffer`'s first byte, under the conditions of {@linkcode addressOf}. A buffer
 * that can't be resized keeps its address until it is detached, and is asked for it only once.
 */
export function baseAddressOf(buffer: ArrayBufferLike): number {
  const known = baseAddresses.get(buffer);
  if (known !== undefined) return known;
  const address = Number(locate(new Uint8Array(buffer)));
  if (!isResizable(buffer)) baseAddresses.set(buffer, address);
  return address;
}

const kept: { memory: unknown } = { memory: undefined };

/** Keeps `memory` reachable while `call` gives addresses of it to C; returns its result. */
export function keepAlive<T>(memory: unknown, call: () => T): T {
  kept.memory = memory;
  try {
    return call();
  } finally {
    kept.memory = undefined;
  }
}
