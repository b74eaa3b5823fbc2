/**
 * As much of io_uring as a doorbell needs: one submission of two linked entries, made over and
 * over.
 *
 * The rings lie in memory that the kernel shares. It is read and written by memcpy rather than
 * through a view, since Deno allows views of foreign memory only under an unrestricted grant; and
 * there is little to copy, since the entries never change, only the tail of the submission ring.
 *
 * io_uring_setup(2), io_uring_enter(2), linux/io_uring.h
 */

import { EBADF, ENOSYS, POLLIN, POLLOUT } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno } from "../ffi/libc.ts";
import { throwIfFailed } from "../ffi/results.ts";
import { OwnedFd } from "./owned_fd.ts";
import { uringEnterSymbols, uringSetupSymbols } from "../ffi/symbols.ts";

const SYS_io_uring_setup = 425n;
const SYS_io_uring_enter = 426n;
const PROT_READ_WRITE = 3;
const MAP_SHARED_POPULATE = 0x8001;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const IORING_OFF_SQ_RING = 0n;
const IORING_OFF_SQES = 0x1000_0000n;
/** A success posts no completion, so any completion is a failure. Linux 5.17. */
const IORING_FEAT_CQE_SKIP = 1 << 11;
const IOSQE_IO_LINK = 1 << 2;
const IOSQE_CQE_SKIP_SUCCESS = 1 << 6;
const IORING_OP_POLL_ADD = 6;
const IORING_OP_WRITE = 23;

/** Entries of the ring: the two of one submission, which so always lie at the same place. */
const entries = 2n;
const pageSize = 4096n;
const sqeSize = 64;

/** struct io_uring_params, in 32-bit words. */
const params = {
  length: 30,
  features: 5,
  sqTail: 10 + 1,
  sqArray: 10 + 6,
  cqTail: 20 + 1,
  cqCqes: 20 + 5,
} as const;

/**
 * Owns an io_uring. Each {@linkcode IoUring.submit} lets the kernel, once one descriptor is
 * readable, write one byte to another, without an additional thread.
 */
export class IoUring implements Disposable {
  readonly #setup = bindSymbols(uringSetupSymbols);
  readonly #enter = bindSymbols(uringEnterSymbols);
  readonly #opened: DisposableStack;
  readonly #owned: OwnedFd;
  readonly #fdArgument: bigint;
  readonly #writeFd: number;
  #sqTailAddress = 0n;
  #cqTailAddress = 0n;
  #cqesAddress = 0n;
  #sqesAddress = 0n;
  readonly #word = new Uint32Array(1);
  #tail = 0;

  /**
   * Sets up a ring whose bytes are written to `writeFd`, which must be nonblocking.
   *
   * @throws {SystemError} Naming the call that failed, for example `io_uring_setup` with `EPERM`.
   */
  constructor(writeFd: number) {
    this.#writeFd = writeFd;
    const words = new Uint32Array(params.length);
    const opened = new DisposableStack();
    try {
      const setUp = () => this.#setup.syscall(SYS_io_uring_setup, entries, words);
      this.#owned = opened.use(new OwnedFd(() => throwIfFailed(setUp(), "io_uring_setup")));
      this.#fdArgument = BigInt(this.fd);
      if ((words[params.features]! & IORING_FEAT_CQE_SKIP) === 0) {
        throw systemError(ENOSYS, "io_uring_setup", { hint: "It needs Linux 5.17" });
      }
      this.#map(words, opened);
      this.#opened = opened.move();
    } finally {
      opened.dispose();
    }
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#owned.fd;
  }

  /** Has a byte written as soon as it can be, which is at once, by the means of all later ones. */
  submitProbe(): void {
    this.#prepare(this.#writeFd, POLLOUT);
    this.submit();
  }

  /** Chooses the descriptor for {@linkcode IoUring.submit}. */
  watch(fd: number): void {
    this.#prepare(fd, POLLIN);
  }

  /**
   * Makes the kernel write the byte once the watched descriptor is readable.
   *
   * @throws {SystemError} If the kernel refuses.
   */
  submit(): void {
    if (this.fd === -1) throw systemError(EBADF, "io_uring_enter");
    this.#tail = (this.#tail + 2) >>> 0;
    this.#store(this.#sqTailAddress, this.#tail);
    const submitted = this.#enter.syscall(
      SYS_io_uring_enter,
      this.#fdArgument,
      entries,
      0n,
      0n,
      0n,
      0n,
    );
    if (submitted === -1) throw systemError(lastErrno(), "io_uring_enter");
    if (this.#load(this.#cqTailAddress) !== 0) {
      // The kernel's numbers are negative, in the third word of a struct io_uring_cqe.
      const errno = -(this.#load(this.#cqesAddress + 8n) | 0);
      throw systemError(errno, "io_uring_enter");
    }
  }

  [Symbol.dispose](): void {
    this.#opened.dispose();
  }

  #map(words: Uint32Array, opened: DisposableStack): void {
    // Both rings lie there since Linux 5.4.
    const rings = this.#mapOne(IORING_OFF_SQ_RING, opened);
    this.#sqesAddress = this.#mapOne(IORING_OFF_SQES, opened);
    this.#sqTailAddress = rings + BigInt(words[params.sqTail]!);
    this.#cqTailAddress = rings + BigInt(words[params.cqTail]!);
    this.#cqesAddress = rings + BigInt(words[params.cqCqes]!);
    const array = rings + BigInt(words[params.sqArray]!);
    this.#enter.memcpy(array, new Uint32Array([0, 1]), 8n);
  }

  /** Each of the two areas, of a ring as small as this one, fits into a page. */
  #mapOne(offset: bigint, opened: DisposableStack): bigint {
    const { mmap, munmap } = this.#setup;
    const address = BigInt(
      mmap(0n, pageSize, PROT_READ_WRITE, MAP_SHARED_POPULATE, this.fd, offset),
    );
    if (BigInt.asUintN(64, address) === MAP_FAILED) {
      throw systemError(lastErrno(), "mmap", { fd: this.fd });
    }
    opened.defer(() => munmap(address, pageSize));
    return address;
  }

  /** Fills in both entries: wait for `fd`, then write. */
  #prepare(fd: number, events: number): void {
    const bytes = new Uint8Array(2 * sqeSize + 1);
    const view = new DataView(bytes.buffer);
    // struct io_uring_sqe: opcode, flags, ioprio, fd, offset, address, length, events.
    view.setUint8(0, IORING_OP_POLL_ADD);
    view.setUint8(1, IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS);
    view.setInt32(4, fd, true);
    view.setUint32(28, events, true);
    view.setUint8(sqeSize, IORING_OP_WRITE);
    view.setUint8(sqeSize + 1, IOSQE_CQE_SKIP_SUCCESS);
    view.setInt32(sqeSize + 4, this.#writeFd, true);
    view.setBigInt64(sqeSize + 8, -1n, true);
    // The byte to write lies behind the entries, in memory that no garbage collector moves or
    // frees.
    view.setBigUint64(sqeSize + 16, this.#sqesAddress + BigInt(2 * sqeSize), true);
    view.setUint32(sqeSize + 24, 1, true);
    this.#enter.memcpy(this.#sqesAddress, bytes, BigInt(bytes.length));
  }

  #load(address: bigint): number {
    this.#setup.memcpy(this.#word, address, 4n);
    return this.#word[0]!;
  }

  #store(address: bigint, value: number): void {
    this.#word[0] = value;
    this.#enter.memcpy(address, this.#word, 4n);
  }
}
