/** Bun's side of the binding: translates the symbol table to `bun:ffi`. */

import { getBuiltinModule } from "../runtime/runtime.ts";
import type { CType, Functions, SymbolTable } from "./symbols.ts";

/** As much of `bun:ffi` as is used here, so that no runtime's type package is needed. */
interface BunFfi {
  dlopen(
    path: string,
    symbols: Record<string, { args: string[]; returns: string }>,
  ): { readonly symbols: Record<string, unknown> };
}

const bunTypes: Readonly<Record<CType, string>> = {
  i32: "i32",
  u32: "u32",
  usize: "usize",
  // Bun's "ptr" takes a view, a number or null, and is quicker than its "buffer".
  buffer: "ptr",
  pointer: "ptr",
  void: "void",
};

/** `table` in the terms of `bun:ffi`. */
export function translateForBun(
  table: SymbolTable,
): Record<string, { args: string[]; returns: string }> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { args, returns }]) => [
      name,
      { args: args.map((type) => bunTypes[type]), returns: bunTypes[returns] },
    ]),
  );
}

/** Binds `table` to the library at `path`. */
export function openInBun<T extends SymbolTable>(path: string, table: T): Functions<T> {
  // getBuiltinModule is synchronous, so that neither a top-level await nor an import of a module
  // that only one runtime knows is needed.
  const ffi = getBuiltinModule("bun:ffi") as BunFfi;
  return { ...ffi.dlopen(path, translateForBun(table)).symbols } as Functions<T>;
}
