/**
 * The binding in Node, with `node:ffi`.
 *
 * An argument of the type `function`, which is an address, keeps V8 from compiling a call as a fast
 * one. For a fast call its compiler's thread reads memory that Node frees at the end of the program
 * or Worker, and crashes if it isn't done by then: a program of 10,000 calls in one of ten runs
 * (Node 26.10). As an address, `function` is also faster than `pointer` and `buffer`: 390 instead
 * of 460 ns for epoll_wait(2), 1.0 instead of 2.0 µs after an idle millisecond. An address takes
 * less time than a view. So memory that is used repeatedly is passed by its address, see
 * {@linkcode Binding.pin}.
 *
 * Functions that take no address get one after their arguments, which C ignores. A few functions
 * that open or own descriptors are bound without such an address, see {@linkcode translate}: Node
 * has more JavaScript around it, and a Worker that is terminated there would leave the descriptor
 * open.
 */

import { getBuiltinModule } from "../runtime/globals.ts";
import type { Binding } from "./binding.ts";
import {
  coreSymbols,
  type CType,
  type Functions,
  keySymbols,
  type Memory,
  osSymbols,
  type Signature,
  streamSocketSymbols,
  type SymbolTable,
  uvSymbols,
  v8Symbols,
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

const argumentTypes: Readonly<Record<CType, string>> = {
  i32: "int32",
  u32: "uint32",
  usize: "function",
  buffer: "function",
  pointer: "function",
  void: "void",
};

const resultTypes: Readonly<Record<CType, string>> = {
  ...argumentTypes,
  usize: "uint64",
  pointer: "pointer",
};

let module: NodeFfi | undefined;

/** The module `node:ffi`. The first use prints an ExperimentalWarning. */
function nodeFfi(): NodeFfi {
  return module ??= getBuiltinModule("node:ffi") as NodeFfi;
}

/** Translates `table` for `node:ffi`. */
export function translateForNode(table: SymbolTable): Record<string, NodeSignature> {
  return Object.fromEntries(
    Object.entries(table).map(([name, signature]) => [name, translate(signature)]),
  );
}

/** Functions that own descriptors. With `pointer` alone they have no JavaScript around them. */
const owning: ReadonlySet<Signature> = new Set<Signature>([
  keySymbols.pthread_setspecific,
  keySymbols.close,
  streamSocketSymbols.accept4,
]);

/** Functions that open descriptors, which programs call too rarely for V8 to compile the calls. */
const opening: ReadonlySet<Signature> = new Set<Signature>([
  coreSymbols.epoll_create1,
  coreSymbols.eventfd,
  osSymbols.socket,
]);

function translate(signature: Signature): NodeSignature {
  const types = signature.args.map((type) =>
    owning.has(signature) ? "pointer" : argumentTypes[type]
  );
  if (needsAddress(signature)) types.push("function");
  return { arguments: types, return: resultTypes[signature.returns] };
}

function needsAddress(signature: Signature): boolean {
  if (owning.has(signature) || opening.has(signature)) return false;
  return signature.args.every((type) => argumentTypes[type] !== "function");
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
  return bindTable(new (nodeFfi().DynamicLibrary)(path), table);
}

function bindTable<T extends SymbolTable>(library: NodeLibrary, table: T): Functions<T> {
  const bound = library.getFunctions(translateForNode(table)) as Record<string, NodeFunction>;
  const functions = Object.entries(table).map(([name, signature]) => [
    name,
    substitutes.get(signature) ?? completeArguments(bound[name]!, signature),
  ]);
  return Object.fromEntries(functions) as Functions<T>;
}

type NodeFunction = (...args: unknown[]) => unknown;

/** Passes the address that `fn` may have after its arguments. */
function completeArguments(fn: NodeFunction, signature: Signature): NodeFunction {
  if (!needsAddress(signature)) return fn;
  switch (signature.args.length) {
    case 0:
      return () => fn(null);
    case 1:
      return (a) => fn(a, null);
    case 2:
      return (a, b) => fn(a, b, null);
    default:
      return (...args) => fn(...args, null);
  }
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
let microtasks: (() => void) | undefined;

function openExecutable(): NodeLibrary {
  return executable ??= new (nodeFfi().DynamicLibrary)(null);
}

/** The functions of libuv, on which Node is built. */
export function libuv(): Functions<typeof uvSymbols> {
  return uvFunctions ??= bindTable(openExecutable(), uvSymbols);
}

/** Runs the microtasks that are queued, and nothing else. */
export function runMicrotasks(): void {
  microtasks ??= bindMicrotasks();
  microtasks();
}

function bindMicrotasks(): () => void {
  const {
    _ZN2v87Isolate10GetCurrentEv: getCurrent,
    _ZN2v815MicrotasksScope17PerformCheckpointEPNS_7IsolateE: performCheckpoint,
  } = bindTable(openExecutable(), v8Symbols);
  const isolate = getCurrent();
  return () => performCheckpoint(isolate);
}

/** The address of this thread's `uv_loop_t`. */
export function currentLoop(): bigint {
  return nodeFfi().getCurrentEventLoop();
}

/** Makes a C function that calls `callback`, which must not throw. Returns its address. */
export function registerCallback(args: readonly CType[], callback: () => void): bigint {
  const signature = { arguments: args.map((type) => argumentTypes[type]), return: "void" };
  return openExecutable().registerCallback(signature, callback);
}

/** Frees the C function at `address`. */
export function unregisterCallback(address: bigint): void {
  openExecutable().unregisterCallback(address);
}
