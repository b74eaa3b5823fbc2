/**
 * The keys of thread-specific values whose destructor is close(2), see pthread_key_create(3).
 *
 * Keys are few, 1024 for a process or 128 with musl, and those of a terminated Worker would be
 * lost. So all isolates use the same ones, each for its own thread. Isolates share only the C
 * library, which has a dictionary for the directories of translations, see bindtextdomain(3). The
 * first isolate stores the numbers of its keys there.
 *
 * Several Workers may be the first at the same time. The dictionary has no compare-and-swap, so a
 * lock protects it: flock(2) on `/proc/self`, which is a different file for each process. A Worker
 * that is terminated while it has the lock must not keep it, so the lock's descriptor is the first
 * thread-specific value.
 */

import { cString } from "../ffi/checks.ts";
import { EINTR, LOCK_EX, LOCK_UN, O_CLOEXEC } from "../ffi/constants.ts";
import { bindSymbols, lastErrno, libc } from "../ffi/libc.ts";
import { type Functions, keySymbols } from "../ffi/symbols.ts";
import { isWorkerThread } from "./thread.ts";

type KeyFunctions = Functions<typeof keySymbols>;

const RTLD_DEFAULT = 0n;

/** Descriptors that a thread can own: those of six managers or more. */
const keyCount = 32;

/**
 * The name and the prefix of the entry in the dictionary. Other versions of this module may be
 * loaded too, so an entry with another meaning must have another name.
 */
const domain = "fdready.keys.1";
const folder = "/keys/";

let keys: readonly number[] | undefined;

/**
 * Set in each key's value. close(2) uses only the lower half, which is the descriptor. No
 * destructor is called for a value of 0, so descriptor 0 needs this bit.
 */
export const keyValueBit: bigint = 1n << 32n;

/**
 * Returns the keys of this process, and creates them at first. There are none on the main thread.
 */
export function threadKeys(): readonly number[] {
  return keys ??= isWorkerThread() ? openKeys() : [];
}

function openKeys(): readonly number[] {
  let functions;
  try {
    functions = bindSymbols(keySymbols);
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

/**
 * Without /proc there is no lock, and Workers that are the first together may make several sets.
 */
function takeLock(functions: KeyFunctions, key: number): number {
  const lock = functions.open(cString("/proc/self"), O_CLOEXEC, 0);
  if (lock === -1) return lock;
  functions.pthread_setspecific(BigInt(key), BigInt(lock) | keyValueBit);
  while (functions.flock(lock, LOCK_EX) === -1 && lastErrno() === EINTR);
  return lock;
}

function dropLock(functions: KeyFunctions, key: number, lock: number): void {
  if (lock === -1) return;
  // A Worker that is terminated before the close must not have the lock any more.
  functions.flock(lock, LOCK_UN);
  functions.pthread_setspecific(BigInt(key), 0n);
  libc().close(lock);
}
