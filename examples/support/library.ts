/**
 * Calls C libraries from Deno, Bun and Node in the same way.
 *
 * Pointers from C are numbers, of type `address`, which mean the same in all runtimes. In Deno,
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

/** A JavaScript function that C can call. */
export interface Callback extends Disposable {
  /** The function pointer. */
  readonly address: bigint;
}

/** What a runtime's FFI has to offer. */
interface Ffi {
  open(name: string, table: SymbolTable): unknown;
  openCallback(signature: Signature, body: unknown): Callback;
}

const numberTypes = { i32: "i32", u32: "u32", i64: "i64", address: "usize", void: "void" } as const;

/** The part of `Deno` that is used here. */
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

function createDenoFfi(): Ffi {
  const { dlopen, UnsafeCallback, UnsafePointer } =
    (globalThis as unknown as { Deno: DenoApi }).Deno;
  const types = { ...numberTypes, buffer: "buffer" } as const;
  const translate = ({ args, returns }: Signature): DenoSignature => ({
    parameters: args.map((type) => types[type]),
    result: types[returns],
  });
  return {
    open: (name, table) => dlopen(name, mapValues(table, translate)).symbols,
    openCallback(signature, body) {
      const callback = new UnsafeCallback(translate(signature), body);
      const address = UnsafePointer.value(callback.pointer);
      return { address, [Symbol.dispose]: () => callback.close() };
    },
  };
}

/** The part of `bun:ffi` that is used here. */
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

function createBunFfi(): Ffi {
  const { dlopen, JSCallback } = process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
  const types = { ...numberTypes, buffer: "ptr" } as const;
  const translate = ({ args, returns }: Signature): BunSignature => ({
    args: args.map((type) => types[type]),
    returns: types[returns],
  });
  return {
    open: (name, table) => dlopen(name, mapValues(table, translate)).symbols,
    openCallback(signature, body) {
      const callback = new JSCallback(body, translate(signature));
      return { address: BigInt(callback.ptr), [Symbol.dispose]: () => callback.close() };
    },
  };
}

/** The part of `node:ffi` that is used here. */
interface NodeFfi {
  DynamicLibrary: new (name: string | null) => NodeLibrary;
}
interface NodeLibrary {
  getFunctions(symbols: Record<string, NodeSignature>): unknown;
  registerCallback(signature: NodeSignature, body: unknown): bigint;
  unregisterCallback(address: bigint): void;
}
interface NodeSignature {
  arguments: string[];
  return: string;
}

function createNodeFfi(): Ffi {
  const { DynamicLibrary } = process.getBuiltinModule("node:ffi") as unknown as NodeFfi;
  const types = {
    i32: "int32",
    u32: "uint32",
    i64: "int64",
    address: "uint64",
    buffer: "buffer",
    void: "void",
  } as const;
  const translate = ({ args, returns }: Signature): NodeSignature => ({
    arguments: args.map((type) => types[type]),
    return: types[returns],
  });
  // Node frees the callbacks of a library object that is collected. This one is the program itself.
  const program = new DynamicLibrary(null);
  return {
    open: (name, table) => new DynamicLibrary(name).getFunctions(mapValues(table, translate)),
    openCallback(signature, body) {
      const address = program.registerCallback(translate(signature), body);
      return { address, [Symbol.dispose]: () => program.unregisterCallback(address) };
    },
  };
}

let current: Ffi | undefined;

/** The FFI of this runtime. Deno and Bun have a version of Node, too. */
function ffi(): Ffi {
  const { versions } = process;
  return current ??= versions.deno !== undefined
    ? createDenoFfi()
    : versions.bun !== undefined
    ? createBunFfi()
    : createNodeFfi();
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
  return ffi().open(name, table) as Functions<T>;
}

/**
 * Lets C call `body` in this thread, until the result is disposed of. `body` must not throw,
 * because errors can't pass through C.
 */
export function openCallback<const T extends Signature>(
  signature: T,
  body: Implementation<T>,
): Callback {
  return ffi().openCallback(signature, body);
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
