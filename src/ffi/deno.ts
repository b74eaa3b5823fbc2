/** The binding in Deno, with `Deno.dlopen`. */

import { UnsupportedPlatformError } from "../runtime/errors.ts";
import type { Binding } from "./binding.ts";
import type { CType, Functions, SymbolTable } from "./symbols.ts";

/** The part of Deno's API that is used here, so that no runtime's type package is needed. */
interface DenoApi {
  dlopen(
    path: string,
    symbols: Record<string, { parameters: string[]; result: string; nonblocking: boolean }>,
  ): { readonly symbols: Record<string, unknown> };
  readonly permissions: {
    querySync(
      descriptor: { name: "ffi"; path?: string },
    ): { readonly state: string; readonly partial: boolean };
  };
}

function deno(): DenoApi {
  return (globalThis as unknown as { Deno: DenoApi }).Deno;
}

function translate(table: SymbolTable, nonblocking: boolean): Parameters<DenoApi["dlopen"]>[1] {
  return Object.fromEntries(
    Object.entries(table).map(([name, { args, returns }]) => [
      name,
      { parameters: [...args] satisfies CType[], result: returns, nonblocking },
    ]),
  );
}

function openInDeno<T extends SymbolTable>(path: string, table: T): Functions<T> {
  return { ...deno().dlopen(path, translate(table, false)).symbols } as Functions<T>;
}

/** As {@linkcode Functions}, each call made on a thread in Deno's pool. */
export type OffThread<F> = {
  [K in keyof F]: F[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : never;
};

/**
 * Binds `table` so that each call runs on one of the 32 threads in an isolate's pool. A
 * call's errno stays on that thread, out of reach.
 */
export function openOffThreadInDeno<T extends SymbolTable>(
  path: string,
  table: T,
): OffThread<Functions<T>> {
  return deno().dlopen(path, translate(table, true)).symbols as OffThread<Functions<T>>;
}

/** Whether a grant covers `path` (or everything, without a path). Never prompts. */
function isGranted(path?: string): boolean {
  const descriptor = path === undefined ? { name: "ffi" } as const : { name: "ffi", path } as const;
  const { state, partial } = deno().permissions.querySync(descriptor);
  return state === "granted" && !partial;
}

/** Where Deno doesn't grant everything, it resolves a name against the current directory. */
function chooseLibraries(names: readonly string[], paths: readonly string[]): readonly string[] {
  if (isGranted()) return names;
  const granted = paths.filter((path) => isGranted(path));
  if (granted.length > 0) return granted;
  const name = names.find((name) => isGranted(name));
  if (name === undefined) return paths;
  throw new UnsupportedPlatformError(
    `Deno resolves the permission for ${name} against the current directory: ` +
      `grant the C library by its absolute path, as --allow-ffi=${paths[0]}`,
  );
}

export const denoBinding: Binding = {
  open: openInDeno,
  chooseLibraries,
  isPermissionError: (error) =>
    error instanceof Error && ["NotCapable", "PermissionDenied"].includes(error.name),
  pin: (memory) => memory,
};

/** What Deno's own modules keep the process alive by, or don't. */
interface Core {
  refOpPromise?(operation: Promise<unknown>): void;
  unrefOpPromise?(operation: Promise<unknown>): void;
}

/**
 * Changes whether the process is kept alive while `operation`, a call on a thread of the pool, is
 * under way. For calls of a library Deno has no public means to do so. Where those of its own
 * modules are missing, the process is kept alive.
 */
export function setOperationRef(operation: Promise<unknown>, ref: boolean): void {
  const { internal } = deno() as unknown as { internal?: symbol };
  if (internal === undefined) return;
  const core = (deno() as unknown as Record<symbol, { core?: Core } | undefined>)[internal]?.core;
  if (ref) core?.refOpPromise?.(operation);
  else core?.unrefOpPromise?.(operation);
}
