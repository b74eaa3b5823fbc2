/**
 * The binding in Node, with `node:ffi`.
 *
 * Node checks and converts arguments in JavaScript unless all of them are pointers. The longer a
 * program sleeps between calls, the more time that takes. So functions with three arguments or more
 * are bound as if all were pointers. The calling conventions of Linux pass integers in the same
 * registers. Times of calls before and after, with Node 26.10 on x86-64:
 *
 *     epoll_wait(2)         520 and 220 ns, after an idle millisecond 11.4 and 5.4 µs
 *     read(2) with a view   450 and 510 ns, after an idle millisecond 15.6 and 6.6 µs
 *
 * An address takes half the time of a view. So memory that is used repeatedly is passed by its
 * address, see {@linkcode Binding.pin}.
 */

import { getBuiltinModule } from "../runtime/globals.ts";
import type { Binding } from "./binding.ts";
import {
  coreSymbols,
  type CType,
  type Functions,
  type Memory,
  type Signature,
  type SymbolTable,
  uvSymbols,
} from "./symbols.ts";

interface NodeSignature {
  arguments: string[];
  return: string;
}

/** The part of a library object of `node:ffi` that is used here. */
interface NodeLibrary {
  getFunctions(symbols: Record<string, NodeSignature>): Record<string, unknown>;
  registerCallback(signature: NodeSignature, callback: (...args: never[]) => void): bigint;
  unregisterCallback(address: bigint): void;
}

/** The part of `node:ffi` that is used here, so that no runtime's type package is needed. */
interface NodeFfi {
  DynamicLibrary: new (path: string | null) => NodeLibrary;
  getCurrentEventLoop(): bigint;
  getInt32(address: bigint): number;
  getRawPointer(memory: Memory): bigint;
}

const nodeTypes: Readonly<Record<CType, string>> = {
  i32: "int32",
  u32: "uint32",
  usize: "uint64",
  buffer: "buffer",
  pointer: "pointer",
  void: "void",
};

let module: NodeFfi | undefined;

/** The module `node:ffi`. The first use prints an ExperimentalWarning. */
function nodeFfi(): NodeFfi {
  return module ??= getBuiltinModule("node:ffi") as NodeFfi;
}

/** Translates `table` for `node:ffi`. */
export function translateForNode(table: SymbolTable): Record<string, NodeSignature> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { args, returns }]) => [
      name,
      { arguments: args.map((type) => nodeTypes[type]), return: nodeTypes[returns] },
    ]),
  );
}

/** Functions that have a cheaper way than the call to C. */
const substitutes: ReadonlyMap<Signature, unknown> = new Map([
  [coreSymbols.memcpy, copyErrno],
]);

/** Only errno is copied with this signature: 18 ns, where memcpy takes 130. */
function copyErrno(to: Int32Array, from: bigint): void {
  to[0] = nodeFfi().getInt32(from);
}

/** A library object has one signature per name, so that each table needs its own. */
function openInNode<T extends SymbolTable>(path: string, table: T): Functions<T> {
  const library = new (nodeFfi().DynamicLibrary)(path);
  const signatures = translateForNode(table);
  for (const [name, { args }] of Object.entries(table)) {
    if (args.length >= 3 || isNative(args)) signatures[name]!.arguments.fill("pointer");
  }
  const functions = { ...library.getFunctions(signatures) };
  for (const [name, signature] of Object.entries(table)) {
    if (substitutes.has(signature)) functions[name] = substitutes.get(signature);
    else functions[name] = acceptIntegers(functions[name], signature.args);
  }
  return functions as Functions<T>;
}

/**
 * Whether all arguments are bigints. They need no conversion, so the function has no JavaScript
 * around it, at whose beginning a Worker could be terminated.
 */
function isNative(args: readonly CType[]): boolean {
  return args.length > 0 && args.every((type) => type === "usize");
}

type Argument = number | bigint | Memory | null;
type PointerCall = (...args: Argument[]) => unknown;

/** Makes numbers possible as arguments of `call`, if it is bound with pointers. */
function acceptIntegers(call: unknown, args: readonly CType[]): unknown {
  if (args.length < 3 || isNative(args)) return call;
  const convert = conversions.get(args.length) ?? convertMany;
  return convert(call as PointerCall);
}

/** By the number of arguments. An array of arguments takes 100 ns more. */
const conversions: ReadonlyMap<number, (call: PointerCall) => PointerCall> = new Map([
  [3, (call: PointerCall) => (a, b, c) => call(toPointer(a), toPointer(b), toPointer(c))],
  [
    4,
    (call: PointerCall) => (a, b, c, d) =>
      call(toPointer(a), toPointer(b), toPointer(c), toPointer(d)),
  ],
]);

function convertMany(call: PointerCall): PointerCall {
  return (...args) => call(...args.map(toPointer));
}

/** Integers that were passed before. */
const smallIntegers: bigint[] = [];

/** An integer as a register holds it. C ignores the upper half where it expects 32 bits. */
function toPointer(value: Argument): Argument {
  if (typeof value !== "number") return value;
  return value >= 0 && value < 1024 ? smallIntegers[value] ??= BigInt(value) : BigInt(value >>> 0);
}

export const nodeBinding: Binding = {
  open: openInNode,
  chooseLibraries: (names) => names,
  isPermissionError: (error) =>
    error instanceof Error && "code" in error && error.code === "ERR_ACCESS_DENIED",
  pin(memory) {
    // A small typed array gets memory that doesn't move once its buffer has been read.
    void memory.buffer;
    return nodeFfi().getRawPointer(memory) as unknown as Memory;
  },
};

/** The executable itself. If the object were collected, its callbacks would be freed. */
let executable: NodeLibrary | undefined;
let uvFunctions: Functions<typeof uvSymbols> | undefined;

function openExecutable(): NodeLibrary {
  return executable ??= new (nodeFfi().DynamicLibrary)(null);
}

/** The functions of libuv, on which Node is built. */
export function libuv(): Functions<typeof uvSymbols> {
  return uvFunctions ??= openExecutable().getFunctions(
    translateForNode(uvSymbols),
  ) as Functions<typeof uvSymbols>;
}

/** The address of this thread's `uv_loop_t`. */
export function currentLoop(): bigint {
  return nodeFfi().getCurrentEventLoop();
}

/** Makes a C function that calls `callback`, which must not throw. Returns its address. */
export function registerCallback(args: readonly CType[], callback: () => void): bigint {
  const signature = { arguments: args.map((type) => nodeTypes[type]), return: "void" };
  return openExecutable().registerCallback(signature, callback);
}

/** Frees the C function at `address`. */
export function unregisterCallback(address: bigint): void {
  openExecutable().unregisterCallback(address);
}
