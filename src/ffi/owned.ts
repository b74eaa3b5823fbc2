/**
 * Descriptors that are closed when their thread ends, if nobody has closed them by then.
 *
 * No code of ours runs in a Worker that is terminated. But the C library still does what is due at the
 * end of a thread: for each of its thread-specific values it calls the destructor that belongs to the
 * key, see pthread_key_create(3). Here a value is a descriptor, and the destructor is close(2).
 *
 * Keys are few, 1024 for a process or 128 with musl, and those of a terminated Worker would be lost.
 * So all isolates use the same ones, each for its own thread. What they have in common is the C
 * library alone, which luckily keeps a dictionary for its users: the folders of their translations,
 * see bindtextdomain(3). There the first isolate writes down which keys it has made.
 */

import { cString } from "./c_string.ts";
import { bindSymbols, libc } from "./libc.ts";
import type { Functions, SymbolTable } from "./symbols.ts";
import { mayEndEarly } from "./thread.ts";

const keySymbols = {
  // void *dlsym(void *handle, const char *symbol)
  dlsym: { args: ["usize", "buffer"], returns: "usize" },
  // int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
  pthread_key_create: { args: ["buffer", "usize"], returns: "i32" },
  // int pthread_setspecific(pthread_key_t key, const void *value)
  pthread_setspecific: { args: ["u32", "usize"], returns: "i32" },
  // void *pthread_getspecific(pthread_key_t key)
  pthread_getspecific: { args: ["u32"], returns: "usize" },
  // char *bindtextdomain(const char *domainname, const char *dirname)
  bindtextdomain: { args: ["buffer", "buffer"], returns: "usize" },
  // char *strncpy(char *dst, const char *src, size_t dsize)
  strncpy: { args: ["buffer", "usize", "usize"], returns: "void" },
} as const satisfies SymbolTable;

const RTLD_DEFAULT = 0n;

/** Descriptors that a thread can own: those of six managers or more. */
const keyCount = 32;

/** What the keys are written down as, in the terms of bindtextdomain(3). */
const domain = "fdready.keys";
const folder = "/keys/";

let functions: Functions<typeof keySymbols> | undefined;
let keys: readonly number[] | undefined;

/**
 * Lets `fd` be closed at the end of the calling thread, and returns it. What can't be noted, since the
 * thread owns too many, is left to stay open then.
 */
export function own(fd: number): number {
  replace(0, fd);
  return fd;
}

/**
 * Owns the descriptor that `open` returns. There is next to no time between the two, in which a Worker
 * might be terminated.
 */
export function openOwned(open: () => number): number {
  ownKeys();
  return own(open());
}

/** Takes {@linkcode own} back, for a descriptor that somebody else closes. */
export function disown(fd: number): void {
  replace(fd, 0);
}

/** Closes what the calling thread owns. */
export function closeOwned(fd: number): void {
  // In this order, since a Worker may be terminated in between, and the number be another file's then.
  disown(fd);
  libc().close(fd);
}

/** Stores `value` under the first key that holds `current`. */
function replace(current: number, value: number): void {
  const key = ownKeys().find((key) => Number(functions!.pthread_getspecific(key)) === current);
  if (key !== undefined) functions!.pthread_setspecific(key, BigInt(value));
}

function ownKeys(): readonly number[] {
  return keys ??= mayEndEarly() ? openKeys() : [];
}

function openKeys(): readonly number[] {
  try {
    functions ??= bindSymbols(keySymbols);
  } catch {
    // These are in the C library itself since glibc 2.34.
    return [];
  }
  return findKeys(functions) ?? makeKeys(functions);
}

function findKeys({ bindtextdomain, strncpy }: Functions<typeof keySymbols>): number[] | undefined {
  const address = BigInt(bindtextdomain(cString(domain), null));
  if (address === 0n) return undefined;
  const text = new Uint8Array(512);
  strncpy(text, address, BigInt(text.length - 1));
  const name = new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
  return name.startsWith(folder) ? name.slice(folder.length).split(".").map(Number) : undefined;
}

/** Two isolates may get here at once: then one of them has keys of its own, which does no harm. */
function makeKeys(
  { dlsym, pthread_key_create, bindtextdomain }: Functions<typeof keySymbols>,
): number[] {
  const close = BigInt(dlsym(RTLD_DEFAULT, cString("close")));
  const made: number[] = [];
  const key = new Uint32Array(1);
  while (made.length < keyCount && pthread_key_create(key, close) === 0) made.push(key[0]!);
  if (made.length > 0) bindtextdomain(cString(domain), cString(folder + made.join(".")));
  return made;
}
