/**
 * Calls C libraries from Deno and from Bun in the same way.
 *
 * Pointers from C are numbers, of type `address`, which mean the same in both runtimes. In Deno,
 * permission for one library, `--allow-ffi=/path/to/it`, is enough unless it calls back.
 */

import process from "node:process";

type CType = "i32" | "u32" | "i64" | "address" | "buffer" | "void";

interface JsType {
  i32: number;
  u32: number;
  i64: bigint;
  /** An address in C memory, or 0n for NULL. Also used for `size_t` and `ssize_t`. */
  address: bigint;
  /** JavaScript memory, which C may use during the call. */
  buffer: ArrayBufferView | null;
  void: void;
}

/** The parameters and the result of a C function. */
export interface Signature {
  readonly args: readonly CType[];
  readonly returns: CType;
}

/** Functions, by their C names. */
export type SymbolTable = Readonly<Record<string, Signature>>;

type Parameters<T extends readonly CType[]> = { -readonly [I in keyof T]: JsType[T[I]] };

/** The functions of a table. */
export type Functions<T extends SymbolTable> = {
  readonly [K in keyof T]: Implementation<T[K]>;
};

/** A JavaScript function with the types of a C function. */
type Implementation<T extends Signature> = (
  ...args: Parameters<T["args"]>
) => JsType[T["returns"]];

/** The parts of `Deno` and `bun:ffi` that are used here. */
interface DenoApi {
  dlopen(name: string, symbols: Record<string, DenoSignature>): { readonly symbols: unknown };
  UnsafeCallback: new (signature: DenoSignature, body: unknown) => {
    readonly pointer: unknown;
    close(): void;
  };
  UnsafePointer: { value(pointer: unknown): bigint };
}
interface DenoSignature {
  parameters: string[];
  result: string;
}
interface BunFfi {
  dlopen(name: string, symbols: Record<string, BunSignature>): { readonly symbols: unknown };
  JSCallback: new (body: unknown, signature: BunSignature) => {
    readonly ptr: number;
    close(): void;
  };
}
interface BunSignature {
  args: string[];
  returns: string;
}

const isBun = process.versions.bun !== undefined;

const numberTypes = { i32: "i32", u32: "u32", i64: "i64", address: "usize", void: "void" } as const;
const denoTypes = { ...numberTypes, buffer: "buffer" } as const;
const bunTypes = { ...numberTypes, buffer: "ptr" } as const;

function forDeno({ args, returns }: Signature): DenoSignature {
  return { parameters: args.map((type) => denoTypes[type]), result: denoTypes[returns] };
}

function forBun({ args, returns }: Signature): BunSignature {
  return { args: args.map((type) => bunTypes[type]), returns: bunTypes[returns] };
}

function denoApi(): DenoApi {
  return (globalThis as unknown as { Deno: DenoApi }).Deno;
}

function bunFfi(): BunFfi {
  return process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
}

function mapValues<T, U>(table: Readonly<Record<string, T>>, map: (value: T) => U) {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, map(value)]));
}

/**
 * Opens a library for the rest of the process's life.
 *
 * @throws {Error} If there is no such library, or if a function is missing in it.
 */
export function openLibrary<T extends SymbolTable>(name: string, table: T): Functions<T> {
  const { symbols } = isBun
    ? bunFfi().dlopen(name, mapValues(table, forBun))
    : denoApi().dlopen(name, mapValues(table, forDeno));
  return symbols as Functions<T>;
}

/** A JavaScript function that C can call. */
export interface Callback extends Disposable {
  /** The function pointer. */
  readonly address: bigint;
}

/**
 * Lets C call `body` in this thread, until the result is disposed of. `body` must not throw,
 * because errors can't pass through C.
 */
export function openCallback<const T extends Signature>(
  signature: T,
  body: Implementation<T>,
): Callback {
  if (isBun) {
    const callback = new (bunFfi().JSCallback)(body, forBun(signature));
    return { address: BigInt(callback.ptr), [Symbol.dispose]: () => callback.close() };
  }
  const { UnsafeCallback, UnsafePointer } = denoApi();
  const callback = new UnsafeCallback(forDeno(signature), body);
  return {
    address: UnsafePointer.value(callback.pointer),
    [Symbol.dispose]: () => callback.close(),
  };
}

/** Two functions of libc, which every linked library can find. They read C memory. */
export const memorySymbols = {
  // size_t strlen(const char *s)
  strlen: { args: ["address"], returns: "address" },
  // void *memcpy(void *dest, const void *src, size_t n)
  memcpy: { args: ["buffer", "address", "address"], returns: "void" },
} as const satisfies SymbolTable;

type Memory = Functions<typeof memorySymbols>;

/** The result that a function returns through a pointer, which `call` gets. */
export function addressFrom(call: (out: BigUint64Array) => void): bigint {
  // The runtime may move small arrays during the call, but not separate buffers.
  const out = new BigUint64Array(new ArrayBuffer(8));
  call(out);
  return out[0]!;
}

/** A copy of `length` bytes of C memory. */
export function bytesAt(
  library: Memory,
  address: bigint,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  if (length > 0) library.memcpy(bytes, address, BigInt(length));
  return bytes;
}

/** The C string at `address`, or an empty one for NULL. */
export function stringAt(library: Memory, address: bigint): string {
  if (address === 0n) return "";
  return new TextDecoder().decode(bytesAt(library, address, Number(library.strlen(address))));
}

/** `text` as a C string. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError(`C ends at a NUL: ${JSON.stringify(text)}`);
  return new TextEncoder().encode(`${text}\0`);
}
