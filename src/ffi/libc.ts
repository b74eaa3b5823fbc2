/**
 * The binding to the C library, opened on first use and once per isolate.
 *
 * The bound functions are plain properties, looked up at each call, so that a test can put a
 * failing one in the place of a real one.
 */

import { openInBun } from "./bun.ts";
import { cString } from "./checks.ts";
import { ffiGranted, isPermissionError, openInDeno } from "./deno.ts";
import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { SystemError, type SystemErrorDetails } from "./errors.ts";
import { architecture, currentRuntime, platform, type Runtime } from "../runtime/runtime.ts";
import {
  coreSymbols,
  type Functions,
  osSymbols,
  type Pointer,
  type SymbolTable,
} from "./symbols.ts";

/** The open C library. */
export interface Libc extends Functions<typeof coreSymbols> {
  /** The file it was opened from. */
  readonly path: string;
  readonly runtime: Runtime;
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

/** The functions of a group, which is bound when it is asked for the first time. */
export function bindSymbols<T extends SymbolTable>(group: T): Functions<T> {
  let functions = groups.get(group) as Functions<T> | undefined;
  if (functions === undefined) {
    const { path, runtime } = libc();
    functions = open(runtime, path, group);
    groups.set(group, functions);
  }
  return functions;
}

/**
 * Says where the C library is, for systems that keep it in a place of their own (NixOS, Guix) or
 * a permission that names another path. Call it before anything else of this module. Without it
 * the system's loader finds the library, or, under Deno with `--allow-ffi=/path/to/libc.so.6`, the
 * usual paths are tried for the one that is granted.
 *
 * @param path The library's absolute path, exactly as in `--allow-ffi=`.
 * @throws {TypeError} If the path is not absolute.
 * @throws {Error} If the library has been opened already, from another path.
 *
 * @example
 * ```ts
 * import { useLibc } from "@fdready/fdready";
 * import { existsSync } from "node:fs";
 *
 * const path = "/run/current-system/sw/lib/libc.so.6"; // NixOS
 * if (existsSync(path)) useLibc(path);
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
  const runtime = currentRuntime();
  if (platform() !== "linux") {
    throw new UnsupportedPlatformError(
      `fdready needs Linux, since it is built on epoll; this is ${platform()}`,
    );
  }
  const { path, functions } = openFirst(runtime, candidates(runtime));
  errnoLocation = functions.__errno_location();
  return { ...functions, path, runtime };
}

/** Names under which the C library may be found, the likeliest first. */
function candidates(runtime: Runtime): string[] {
  if (chosenPath !== undefined) return [chosenPath];
  const machine = architecture() === "arm64" ? "aarch64" : "x86_64";
  const byName = ["libc.so.6", `libc.musl-${machine}.so.1`];
  if (runtime === "bun" || ffiGranted()) return byName;
  // Where Deno doesn't grant everything, it takes a name for a file in the current folder.
  const byPath = [
    `/lib/${machine}-linux-gnu/libc.so.6`,
    `/usr/lib/${machine}-linux-gnu/libc.so.6`,
    "/lib64/libc.so.6",
    "/usr/lib64/libc.so.6",
    "/usr/lib/libc.so.6",
    `/lib/libc.musl-${machine}.so.1`,
    `/lib/ld-musl-${machine}.so.1`,
  ];
  const granted = byPath.filter((path) => ffiGranted(path));
  if (granted.length > 0) return granted;
  const name = byName.find((name) => ffiGranted(name));
  if (name === undefined) return byPath;
  throw new UnsupportedPlatformError(
    `Deno takes the permission for ${name} for one of a file in the current folder: ` +
      `grant the C library by its absolute path, as --allow-ffi=${byPath[0]}`,
  );
}

function openFirst(
  runtime: Runtime,
  paths: string[],
): { path: string; functions: Functions<typeof coreSymbols> } {
  const causes: unknown[] = [];
  for (const path of paths) {
    try {
      return { path, functions: open(runtime, path, coreSymbols) };
    } catch (error) {
      // A refusal is told as it is, but for those of paths tried only since the first wasn't found.
      if (isPermissionError(error) && causes.length === 0) throw error;
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

function open<T extends SymbolTable>(runtime: Runtime, path: string, table: T): Functions<T> {
  return runtime === "bun" ? openInBun(path, table) : openInDeno(path, table);
}

const errnoCell = new Int32Array(1);
let errnoLocation: Pointer | null = null;

/**
 * The errno of the call just made. Nothing else may call into C between the two, the garbage
 * collector included: that is why its place, which an isolate's thread has one of, is asked for only
 * once, since in Deno the answer is an object and would have to be allocated.
 */
export function errno(): number {
  libc().memcpy(errnoCell, errnoLocation, 4n);
  return errnoCell[0]!;
}

/** The error for a call that failed with `errno`. */
export function systemError(
  errno: number,
  syscall: string,
  fd?: number,
  advice?: string,
): SystemError {
  const target = fd === undefined ? undefined : fdTarget(fd);
  return new SystemError({ errno, words: strerror(errno), syscall, fd, target, advice });
}

/** The same for a call that was about a socket's address. */
export function addressError(
  errno: number,
  syscall: string,
  fd: number,
  address: Pick<SystemErrorDetails, "path" | "address">,
): SystemError {
  const words = strerror(errno);
  return new SystemError({ errno, words, syscall, fd, target: fdTarget(fd), ...address });
}

/** The same for a call that was about a descriptor and a path. */
export function fdPathError(errno: number, syscall: string, fd: number, path: string): SystemError {
  const words = strerror(errno);
  const target = fdTarget(fd);
  return new SystemError({ errno, words, syscall, fd, target, path, preposition: "for" });
}

/** The same for a call that was about a path. */
export function pathError(errno: number, syscall: string, path: string): SystemError {
  return new SystemError({ errno, words: strerror(errno), syscall, path });
}

/**
 * What `/proc/self/fd` says of `fd`, for example `socket:[4026]` or `/dev/ttyUSB0`; undefined if it
 * isn't open. It is asked through the C library, for which there is a permission already.
 */
export function fdTarget(fd: number): string | undefined {
  const path = cString(`/proc/self/fd/${fd}`);
  const target = new Uint8Array(256);
  const length = libc().readlink(path, target, BigInt(target.length));
  return length === -1 ? undefined : new TextDecoder().decode(target.subarray(0, length));
}

function strerror(number: number): string {
  const text = new Uint8Array(256);
  libc().__xpg_strerror_r(number, text, BigInt(text.length));
  return new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
}

/** `result`, unless it says that the call failed: then throws its {@linkcode SystemError}. */
export function checked(result: number, syscall: string, fd?: number): number {
  if (result === -1) throw systemError(errno(), syscall, fd);
  return result;
}
