/**
 * The memory that an io_uring shares with the kernel.
 *
 * It is read and written with memcpy rather than through a view, because Deno allows views of
 * foreign memory only under an unrestricted grant.
 *
 * io_uring(7), linux/io_uring.h
 */

import { systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno } from "../ffi/libc.ts";
import { uringEnterSymbols, uringSetupSymbols } from "../ffi/symbols.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 0x8001;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const IORING_OFF_SQ_RING = 0n;
const IORING_OFF_SQES = 0x1000_0000n;

/** Each of the two areas, of a ring with a few entries, fits into a page. */
const pageSize = 4096n;

/** `struct io_uring_params`, in 32-bit words. */
export const params = {
  length: 30,
  features: 5,
  sqTail: 10 + 1,
  sqArray: 10 + 6,
  cqTail: 20 + 1,
  cqCqes: 20 + 5,
} as const;

/** Where `res` lies in `struct io_uring_cqe`, in bytes. */
const cqeResult = 8n;

/** Maps the rings and the submission entries. */
export class RingMemory implements Disposable {
  readonly #toMemory = bindSymbols(uringEnterSymbols).memcpy;
  readonly #fromMemory = bindSymbols(uringSetupSymbols).memcpy;
  readonly #mappings: DisposableStack;
  /** The address of the submission entries. */
  readonly entries: bigint;
  readonly #sqTail: bigint;
  readonly #cqTail: bigint;
  readonly #cqes: bigint;
  readonly #word = new Uint32Array(1);

  /**
   * Maps the memory of the io_uring `fd`, and puts its first two entries into the order of
   * submission.
   *
   * @param words The `struct io_uring_params` that the kernel has filled in.
   * @throws {SystemError} If the kernel refuses.
   */
  constructor(fd: number, words: Uint32Array) {
    const stack = new DisposableStack();
    try {
      // Both rings lie there since Linux 5.4.
      const rings = stack.adopt(map(fd, IORING_OFF_SQ_RING), unmap);
      this.entries = stack.adopt(map(fd, IORING_OFF_SQES), unmap);
      this.#sqTail = rings + BigInt(words[params.sqTail]!);
      this.#cqTail = rings + BigInt(words[params.cqTail]!);
      this.#cqes = rings + BigInt(words[params.cqCqes]!);
      this.#toMemory(rings + BigInt(words[params.sqArray]!), new Uint32Array([0, 1]), 8n);
      this.#mappings = stack.move();
    } finally {
      stack.dispose();
    }
  }

  /** Writes `bytes` to the address of the first submission entry. */
  writeEntries(bytes: Uint8Array<ArrayBuffer>): void {
    this.#toMemory(this.entries, bytes, BigInt(bytes.length));
  }

  /** Sets the tail of the submission ring, after which the kernel accepts the entries before it. */
  setTail(tail: number): void {
    this.#word[0] = tail;
    this.#toMemory(this.#sqTail, this.#word, 4n);
  }

  /** The errno of the first completion; `undefined` if there is none. */
  readErrno(): number | undefined {
    // The kernel's numbers are negative.
    return this.#load(this.#cqTail) === 0 ? undefined : -(this.#load(this.#cqes + cqeResult) | 0);
  }

  /** Unmaps the memory. */
  [Symbol.dispose](): void {
    this.#mappings.dispose();
  }

  #load(address: bigint): number {
    this.#fromMemory(this.#word, address, 4n);
    return this.#word[0]!;
  }
}

function map(fd: number, offset: bigint): bigint {
  const { mmap } = bindSymbols(uringSetupSymbols);
  const address = BigInt(mmap(0n, pageSize, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset));
  if (BigInt.asUintN(64, address) === MAP_FAILED) throw systemError(lastErrno(), "mmap", { fd });
  return address;
}

function unmap(address: bigint): void {
  bindSymbols(uringSetupSymbols).munmap(address, pageSize);
}
