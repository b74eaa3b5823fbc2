/** Ownership of a descriptor. */

import { bindSymbols, libc } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { keySymbols } from "../ffi/symbols.ts";
import { addOwner, noteOpened, removeOwner } from "./fd_table.ts";
import { keyValueBit, threadKeys } from "./thread_keys.ts";

/** Finds up to two keys without a value on this thread. The main thread needs none. */
function findFreeKeys(): readonly number[] {
  const keys = threadKeys();
  if (keys.length === 0) return keys;
  const { pthread_getspecific } = bindSymbols(keySymbols);
  const free: number[] = [];
  for (const key of keys) {
    if (Number(pthread_getspecific(key)) === 0 && free.push(key) === 2) break;
  }
  return free;
}

/**
 * Removes the value of `key` and closes `fd`, with nothing in between. The value goes first: closed
 * twice, the number might be another file's the second time.
 */
function closeAtOnce(key: number, fd: number): void {
  const { pthread_setspecific, close } = bindSymbols(keySymbols);
  const [keyArgument, fdArgument] = [BigInt(key), BigInt(fd)];
  pthread_setspecific(keyArgument, 0n);
  close(fdArgument);
}

/**
 * A descriptor that this object closes. It is closed at the end of the calling thread at the
 * latest, unless the thread owns too many: none of this code runs in a Worker that is terminated,
 * but the C library still calls the destructors of its thread-specific values, and here the
 * destructor is close(2).
 *
 * One object at a time owns a number. If other code closes the number, or another object owns it by
 * now, this object has given it up and doesn't touch it any more.
 */
export class OwnedFd implements Disposable {
  #fd: number;
  #key: number | undefined;

  /**
   * Owns the descriptor that `open` returns. It should return that right after the system call. If
   * it can be -1, `syscall` names the call, and `about` the descriptor that the call was about.
   * `key` is for a descriptor that is recorded already.
   *
   * @throws {SystemError} If the call has failed.
   */
  constructor(open: () => number, syscall?: string, about?: number, key = findFreeKeys()[0]) {
    const setValue = key === undefined ? undefined : bindSymbols(keySymbols).pthread_setspecific;
    const keyArgument = BigInt(key ?? 0);
    const fd = open();
    // A Worker can be terminated wherever a function begins. So nothing comes in between.
    if (key !== undefined && fd !== -1) setValue?.(keyArgument, BigInt(fd) | keyValueBit);
    if (syscall !== undefined) throwIfFailed(fd, syscall, about);
    this.#key = key;
    this.#fd = noteOpened(fd);
    addOwner(fd, this);
  }

  /** The descriptor; -1 once closed or given up. */
  get fd(): number {
    return this.#fd;
  }

  /**
   * Gives up the descriptor, for other code to close, and returns it; -1 if there is none any more.
   */
  release(): number {
    const fd = this.#fd;
    if (fd === -1) return fd;
    this.#fd = -1;
    removeOwner(fd);
    if (this.#key !== undefined) bindSymbols(keySymbols).pthread_setspecific(BigInt(this.#key), 0n);
    return fd;
  }

  /** Closes the descriptor. Idempotent. */
  close(): void {
    const key = this.#key;
    // release() leaves the value of the key, with which a terminated Worker still closes it.
    this.#key = undefined;
    const fd = this.release();
    if (fd === -1) return;
    if (key === undefined) libc().close(fd);
    else closeAtOnce(key, fd);
  }

  /** Calls {@linkcode OwnedFd.close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Owns the two descriptors that `open` writes into the array that it gets. It should return right
 * after the system call, which `syscall` names.
 *
 * @throws {SystemError} If the call has failed.
 */
export function ownPair(
  open: (fds: Int32Array<ArrayBuffer>) => number,
  syscall: string,
): [OwnedFd, OwnedFd] {
  const fds = new Int32Array(2);
  const [firstKey, secondKey] = findFreeKeys();
  const setValue = firstKey === undefined ? undefined : bindSymbols(keySymbols).pthread_setspecific;
  const [first, second] = [BigInt(firstKey ?? 0), BigInt(secondKey ?? 0)];
  const result = open(fds);
  // As in the constructor, nothing comes in between.
  if (firstKey !== undefined && result === 0) setValue?.(first, BigInt(fds[0]!) | keyValueBit);
  if (secondKey !== undefined && result === 0) setValue?.(second, BigInt(fds[1]!) | keyValueBit);
  throwIfFailed(result, syscall);
  return [
    new OwnedFd(() => fds[0]!, undefined, undefined, firstKey),
    new OwnedFd(() => fds[1]!, undefined, undefined, secondKey),
  ];
}
