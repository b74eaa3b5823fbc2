/**
 * The binding in Node, with `node:ffi`.
 *
 * A call takes 15 ns with one argument, 60 with three and 240 with four. Each view among them adds
 * 60 ns, of which its address, as a bigint, adds 10. So memory that is used repeatedly is passed by
 * its address, see {@linkcode Binding.pin}. (Node 26.10 on x86-64)
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
  const functions = { ...library.getFunctions(translateForNode(table)) };
  for (const [name, signature] of Object.entries(table)) {
    if (substitutes.has(signature)) functions[name] = substitutes.get(signature);
  }
  return functions as Functions<T>;
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
