/**
 * The binding to the C library, opened on first use and once per isolate.
 *
 * The bound functions are plain properties, looked up at each call, so that a test can put a
 * failing one in the place of a real one.
 */

import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { architecture, currentRuntime, platform, type RuntimeName } from "../runtime/runtime.ts";
import type { Binding } from "./binding.ts";
import { bunBinding } from "./bun.ts";
import { denoBinding } from "./deno.ts";
import { nodeBinding } from "./node.ts";
import {
  coreSymbols,
  type Functions,
  type Memory,
  osSymbols,
  type Pointer,
  type SymbolTable,
} from "./symbols.ts";

const bindings: Readonly<Record<RuntimeName, Binding>> = {
  bun: bunBinding,
  deno: denoBinding,
  node: nodeBinding,
};

/** The open C library. */
export interface Libc extends Functions<typeof coreSymbols> {
  /** The file it was opened from. */
  readonly path: string;
}

let core: Libc | undefined;
let chosenPath: string | undefined;

/** What the manager needs of the C library. */
export function libc(): Libc {
  return core ??= openLibc();
}

/** What `src/os` needs beyond {@linkcode libc}. */
export function osLibc(): Functions<typeof osSymbols> {
  return bindSymbols(osSymbols);
}

const groups = new Map<SymbolTable, unknown>();

/** The functions of a group, which is bound at its first use. */
export function bindSymbols<T extends SymbolTable>(group: T): Functions<T> {
  let functions = groups.get(group) as Functions<T> | undefined;
  if (functions === undefined) {
    functions = binding().open(libc().path, group);
    groups.set(group, functions);
  }
  return functions;
}

/**
 * As {@linkcode bindSymbols}; undefined where the C library is too old for the group, or another
 * one.
 */
export function bindIfPresent<T extends SymbolTable>(group: T): Functions<T> | undefined {
  libc();
  try {
    return bindSymbols(group);
  } catch {
    return undefined;
  }
}

/**
 * The form of `memory` to pass to calls as a buffer, for memory that is used repeatedly. Good for
 * as long as `memory` is reachable, and neither resized nor detached.
 */
export function pin(memory: Memory): Memory {
  return binding().pin(memory);
}

/**
 * Sets the path of the C library, for systems that keep it in an unusual place (NixOS, Guix) or for
 * a permission that names another path. Call it before any other function of this module. Without
 * it, the system's loader finds the library. In Deno with `--allow-ffi=/path/to/libc.so.6`, the
 * usual paths are tried until one is granted.
 *
 * @param path The library's absolute path, exactly as in `--allow-ffi=`.
 * @throws {TypeError} If the path isn't absolute.
 * @throws {Error} If the library has been opened already, from another path.
 *
 * @example Using the library of NixOS
 * ```ts
 * import { useLibc } from "@fdready/fdready";
 * import { assertThrows } from "@std/assert";
 * import { existsSync } from "node:fs";
 *
 * const path = "/run/current-system/sw/lib/libc.so.6";
 * if (existsSync(path)) useLibc(path);
 * assertThrows(() => useLibc("libc.so.6"), TypeError); // not an absolute path
 * ```
 */
export function useLibc(path: string): void {
  if (typeof path !== "string" || !path.startsWith("/")) {
    throw new TypeError(`The C library's path must be absolute, got ${String(path)}`);
  }
  if (core !== undefined && core.path !== path) {
    throw new Error(
      `The C library is open already, from ${core.path}: call useLibc() before anything else`,
    );
  }
  chosenPath = path;
}

function openLibc(): Libc {
  // Which it is comes first: on any other runtime there is more to say than that this isn't Linux.
  currentRuntime();
  if (platform() !== "linux") {
    throw new UnsupportedPlatformError(
      `fdready needs Linux, because it is built on epoll; this is ${platform()}`,
    );
  }
  const { path, functions } = openFirst(chosenPath === undefined ? findLibraries() : [chosenPath]);
  errnoLocation = functions.__errno_location();
  return { ...functions, path };
}

function binding(): Binding {
  return bindings[currentRuntime()];
}

/** Where the C library may be found, the likeliest place first. */
function findLibraries(): readonly string[] {
  const machine = architecture() === "arm64" ? "aarch64" : "x86_64";
  return binding().chooseLibraries(["libc.so.6", `libc.musl-${machine}.so.1`], [
    `/lib/${machine}-linux-gnu/libc.so.6`,
    `/usr/lib/${machine}-linux-gnu/libc.so.6`,
    "/lib64/libc.so.6",
    "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
    `/lib/libc.musl-${machine}.so.1`,
    `/lib/ld-musl-${machine}.so.1`,
  ]);
}

function openFirst(
  paths: readonly string[],
): { path: string; functions: Functions<typeof coreSymbols> } {
  const causes: unknown[] = [];
  for (const path of paths) {
    try {
      return { path, functions: binding().open(path, coreSymbols) };
    } catch (error) {
      // A refusal of a later path only means that it is tried because the first wasn't found.
      if (binding().isPermissionError(error) && causes.length === 0) throw error;
      causes.push(error);
    }
  }
  throw new UnsupportedPlatformError(
    `fdready found no C library that it can use; tried ${paths.join(", ")}. ` +
      "If it is elsewhere, call useLibc() with its path. " +
      "In Deno, a permission for one library must name it by its absolute path",
    { cause: new AggregateError(causes) },
  );
}

const errnoCell = new Int32Array(1);
let errnoLocation: Pointer | null = null;

/**
 * The errno of the call just made. Nothing else may call into C between the two, the garbage
 * collector included: that is why its place, which an isolate's thread has one of, is asked for
 * only once, since in Deno the answer is an object and would have to be allocated.
 */
export function lastErrno(): number {
  libc().memcpy(errnoCell, errnoLocation, 4n);
  return errnoCell[0]!;
}
