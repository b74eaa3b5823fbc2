/**
 * Calls C libraries from Deno and from Bun alike.
 *
 * What C points to travels as a number, `address`: both runtimes then agree on what it is, and in
 * Deno a permission for one library, `--allow-ffi=/path/to/it`, is enough.
 */

import process from "node:process";

type CType = "i32" | "u32" | "address" | "buffer" | "void";

interface JsType {
  i32: number;
  u32: number;
  /** Of C's memory; 0n for NULL. Takes `size_t` and `ssize_t`, too. */
  address: bigint;
  /** Memory of ours, which C may use during the call. */
  buffer: Uint8Array | Int32Array | null;
  void: void;
}

/** The functions to call, by their C names. */
export type SymbolTable = Readonly<
  Record<string, { readonly args: readonly CType[]; readonly returns: CType }>
>;

type Parameters<T extends readonly CType[]> = { -readonly [I in keyof T]: JsType[T[I]] };

/** The functions of a table. */
export type Functions<T extends SymbolTable> = {
  readonly [K in keyof T]: (...args: Parameters<T[K]["args"]>) => JsType[T[K]["returns"]];
};

/** As much of `Deno` and of `bun:ffi` as is used here. */
interface DenoApi {
  dlopen(
    name: string,
    symbols: Record<string, { parameters: string[]; result: string }>,
  ): { readonly symbols: unknown };
}
interface BunFfi {
  dlopen(
    name: string,
    symbols: Record<string, { args: string[]; returns: string }>,
  ): { readonly symbols: unknown };
}

/**
 * Opens a library for the rest of the process's life.
 *
 * @throws {Error} If there is no such library, or if a function is missing in it.
 */
export function openLibrary<T extends SymbolTable>(name: string, table: T): Functions<T> {
  const rows = Object.entries(table);
  if (process.versions.bun === undefined) {
    const types = { i32: "i32", u32: "u32", address: "usize", buffer: "buffer", void: "void" };
    const symbols = Object.fromEntries(
      rows.map(([name, { args, returns }]) => [
        name,
        { parameters: args.map((type) => types[type]), result: types[returns] },
      ]),
    );
    const { Deno } = globalThis as unknown as { Deno: DenoApi };
    return Deno.dlopen(name, symbols).symbols as Functions<T>;
  }
  const types = { i32: "i32", u32: "u32", address: "usize", buffer: "ptr", void: "void" };
  const symbols = Object.fromEntries(
    rows.map(([name, { args, returns }]) => [
      name,
      { args: args.map((type) => types[type]), returns: types[returns] },
    ]),
  );
  const ffi = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
  return ffi.dlopen(name, symbols).symbols as Functions<T>;
}

/** Two functions of libc, found in any library that is linked with it: they read C's memory. */
export const memorySymbols = {
  // size_t strlen(const char *s)
  strlen: { args: ["address"], returns: "address" },
  // void *memcpy(void *dest, const void *src, size_t n)
  memcpy: { args: ["buffer", "address", "address"], returns: "void" },
} as const satisfies SymbolTable;

type Memory = Functions<typeof memorySymbols>;

/** A copy of `length` bytes of C's memory. */
export function bytesAt(
  library: Memory,
  address: bigint,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  if (length > 0) library.memcpy(bytes, address, BigInt(length));
  return bytes;
}

/** The C string at `address`; empty for NULL. */
export function stringAt(library: Memory, address: bigint): string {
  if (address === 0n) return "";
  return new TextDecoder().decode(bytesAt(library, address, Number(library.strlen(address))));
}

/** `text` as a C string. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError(`C ends at a NUL: ${JSON.stringify(text)}`);
  return new TextEncoder().encode(`${text}\0`);
}
