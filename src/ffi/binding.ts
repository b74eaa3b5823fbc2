/** The binding to C that each runtime's file in this folder implements. */

import type { Functions, Memory, SymbolTable } from "./symbols.ts";

export interface Binding {
  /** Binds `table` to the library at `path`. */
  open<T extends SymbolTable>(path: string, table: T): Functions<T>;
  /**
   * Chooses where to look for the C library.
   *
   * @param names File names, which the system's loader resolves.
   * @param paths Absolute paths where systems keep it.
   */
  chooseLibraries(names: readonly string[], paths: readonly string[]): readonly string[];
  /** Whether a library was refused for lack of a permission. */
  isPermissionError(error: unknown): boolean;
  /**
   * Returns the cheapest form in which a call accepts `memory` as a buffer, which is good for as
   * long as `memory` is reachable and its buffer is neither resized nor detached.
   */
  pin(memory: Memory): Memory;
}
