/**
 * Descriptors that belong to an object of this isolate, until it closes them or gives them up.
 *
 * They are also closed when their thread ends, if nobody has closed them by then. No code of ours runs
 * in a Worker that is terminated. But the C library still does what is due at the end of a thread: for
 * each of its thread-specific values it calls the destructor that belongs to the key, see
 * pthread_key_create(3). Here a value is a descriptor, and the destructor is close(2).
 *
 * Keys are few, 1024 for a process or 128 with musl, and those of a terminated Worker would be lost.
 * So all isolates use the same ones, each for its own thread. What they have in common is the C
 * library alone, which luckily keeps a dictionary for its users: the folders of their translations,
 * see bindtextdomain(3). There the first isolate writes down which keys it has made.
 *
 * Several Workers may be the first. The dictionary has no compare-and-swap, so they take turns by a lock
 * that belongs to the process alone: flock(2) on its folder in /proc. One that is terminated while it
 * has the lock must not keep it, so the lock's descriptor is the first to become a thread-specific value.
 */

import { cString } from "./c_string.ts";
import { EINTR, O_CLOEXEC } from "./constants.ts";
import { bindSymbols, errno, libc } from "./libc.ts";
import type { Functions, SymbolTable } from "./symbols.ts";
import { mayEndEarly } from "./thread.ts";

const keySymbols = {
  // void *dlsym(void *handle, const char *symbol)
  dlsym: { args: ["usize", "buffer"], returns: "usize" },
  // int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
  pthread_key_create: { args: ["buffer", "usize"], returns: "i32" },
  // int pthread_key_delete(pthread_key_t key)
  pthread_key_delete: { args: ["u32"], returns: "i32" },
  // int pthread_setspecific(pthread_key_t key, const void *value)
  pthread_setspecific: { args: ["u32", "usize"], returns: "i32" },
  // void *pthread_getspecific(pthread_key_t key)
  pthread_getspecific: { args: ["u32"], returns: "usize" },
  // char *bindtextdomain(const char *domainname, const char *dirname)
  bindtextdomain: { args: ["buffer", "buffer"], returns: "usize" },
  // char *strncpy(char *dst, const char *src, size_t dsize)
  strncpy: { args: ["buffer", "usize", "usize"], returns: "void" },
  // int open(const char *path, int flags, mode_t mode)
  open: { args: ["buffer", "i32", "u32"], returns: "i32" },
  // int flock(int fd, int op)
  flock: { args: ["i32", "i32"], returns: "i32" },
} as const satisfies SymbolTable;

type KeyFunctions = Functions<typeof keySymbols>;

const RTLD_DEFAULT = 0n;
const LOCK_EX = 2;
const LOCK_UN = 8;

/** Descriptors that a thread can own: those of six managers or more. */
const keyCount = 32;

/**
 * What the keys are written down as, in the terms of bindtextdomain(3). Other versions of this module may
 * be loaded too: what means something else must have another name.
 */
const domain = "fdready.keys.1";
const folder = "/keys/";

let functions: KeyFunctions | undefined;
let keys: readonly number[] | undefined;

/** What the objects of this isolate own, by its number. */
const owned = new Map<number, OwnedFd>();

/**
 * A descriptor that its holder closes. It is closed at the end of the calling thread at the latest,
 * unless the thread owns too many.
 *
 * A number is owned by one object at a time. One whose number is closed by other means, or is owned by
 * another since, has given it up and doesn't touch it any more.
 */
export class OwnedFd implements Disposable {
  #fd: number;
  #key: number | undefined;

  /** Owns what `open` returns. */
  constructor(open: () => number) {
    // There is next to no time between the two calls, in which a Worker might be terminated.
    const all = ownKeys();
    const fd = open();
    // If another object has the number, it was closed behind its back.
    owned.get(fd)?.release();
    this.#fd = fd;
    owned.set(fd, this);
    this.#key = all.find((key) => Number(functions!.pthread_getspecific(key)) === 0);
    if (this.#key !== undefined) functions!.pthread_setspecific(this.#key, BigInt(fd));
  }

  /** The descriptor; -1 once closed or given up. */
  get fd(): number {
    return this.#fd;
  }

  /** Gives up the descriptor, for somebody else to close, and returns it; -1 if that has happened before. */
  release(): number {
    const fd = this.#fd;
    if (fd === -1) return fd;
    this.#fd = -1;
    owned.delete(fd);
    if (this.#key !== undefined) functions!.pthread_setspecific(this.#key, 0n);
    return fd;
  }

  /** Closes the descriptor. Idempotent. */
  close(): void {
    // In this order, since a Worker may be terminated in between, and the number be another file's then.
    const fd = this.release();
    if (fd !== -1) libc().close(fd);
  }

  /** Does what {@linkcode OwnedFd.close} does. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Owns `fd`, and returns it. */
export function own(fd: number): number {
  return openOwned(() => fd);
}

/** Owns the descriptor that `open` returns, and returns it. */
export function openOwned(open: () => number): number {
  return new OwnedFd(open).fd;
}

/** Gives up `fd`, if it is owned, for somebody else to close. */
export function disown(fd: number): void {
  owned.get(fd)?.release();
}

/** Closes `fd`, if it is owned. */
export function closeOwned(fd: number): void {
  owned.get(fd)?.close();
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

/** The keys that are written down. */
function findKeys({ bindtextdomain, strncpy }: KeyFunctions): number[] | undefined {
  const address = BigInt(bindtextdomain(cString(domain), null));
  if (address === 0n) return undefined;
  const text = new Uint8Array(512);
  strncpy(text, address, BigInt(text.length - 1));
  const name = new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
  if (!name.startsWith(folder)) return undefined;
  const numbers = name.slice(folder.length).split(".");
  const valid = numbers.length <= keyCount && new Set(numbers).size === numbers.length &&
    numbers.every((number) => /^\d{1,4}$/.test(number));
  return valid ? numbers.map(Number) : undefined;
}

/** Makes the keys and writes them down, unless another isolate does so first. */
function makeKeys(functions: KeyFunctions): readonly number[] {
  const close = BigInt(functions.dlsym(RTLD_DEFAULT, cString("close")));
  const first = makeKey(functions, close);
  if (first === undefined) return [];
  const lock = takeLock(functions, first);
  const found = findKeys(functions);
  const made = [first];
  while (found === undefined && made.length < keyCount) {
    const key = makeKey(functions, close);
    if (key === undefined) break;
    made.push(key);
  }
  if (found === undefined) {
    functions.bindtextdomain(cString(domain), cString(folder + made.join(".")));
  }
  dropLock(functions, first, lock);
  if (found !== undefined) functions.pthread_key_delete(first);
  return found ?? made;
}

function makeKey({ pthread_key_create }: KeyFunctions, close: bigint): number | undefined {
  const key = new Uint32Array(1);
  return pthread_key_create(key, close) === 0 ? key[0] : undefined;
}

/** Without /proc there is no lock, and Workers that are the first together may make several sets. */
function takeLock(functions: KeyFunctions, key: number): number {
  const lock = functions.open(cString("/proc/self"), O_CLOEXEC, 0);
  if (lock === -1) return lock;
  functions.pthread_setspecific(key, BigInt(lock));
  while (functions.flock(lock, LOCK_EX) === -1 && errno() === EINTR);
  return lock;
}

function dropLock(functions: KeyFunctions, key: number, lock: number): void {
  if (lock === -1) return;
  // A Worker that is terminated before the close must not have the lock any more.
  functions.flock(lock, LOCK_UN);
  functions.pthread_setspecific(key, 0n);
  libc().close(lock);
}
