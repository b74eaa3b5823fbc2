/** The binding in Bun, with `bun:ffi`. */

import { getBuiltinModule } from "../runtime/globals.ts";
import type { Binding } from "./binding.ts";
import type { CType, Functions, SymbolTable } from "./symbols.ts";

/** The part of `bun:ffi` that is used here, so that no runtime's type package is needed. */
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

/** Translates `table` for `bun:ffi`. */
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

function openInBun<T extends SymbolTable>(path: string, table: T): Functions<T> {
  // getBuiltinModule is synchronous, so that neither a top-level await nor an import of a module
  // that only one runtime has is needed.
  const ffi = getBuiltinModule("bun:ffi") as BunFfi;
  return { ...ffi.dlopen(path, translateForBun(table)).symbols } as Functions<T>;
}

export const bunBinding: Binding = {
  open: openInBun,
  chooseLibraries: (names) => names,
  isPermissionError: () => false,
  pin: (memory) => memory,
};
