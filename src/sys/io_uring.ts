/**
 * As much of io_uring as a doorbell needs: one submission of two linked entries, repeated. The
 * entries never change, only the tail of the submission ring.
 *
 * io_uring_setup(2), io_uring_enter(2), linux/io_uring.h
 */

import { EBADF, ENOSYS, POLLIN, POLLOUT } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno } from "../ffi/libc.ts";
import { uringEnterSymbols, uringSetupSymbols } from "../ffi/symbols.ts";
import { OwnedFd } from "./owned_fd.ts";
import { params, RingMemory } from "./ring_memory.ts";

const SYS_io_uring_setup = 425n;
const SYS_io_uring_enter = 426n;
/** A success posts no completion, so any completion is a failure. Linux 5.17. */
const IORING_FEAT_CQE_SKIP = 1 << 11;
const IOSQE_IO_LINK = 1 << 2;
const IOSQE_CQE_SKIP_SUCCESS = 1 << 6;
const IORING_OP_POLL_ADD = 6;
const IORING_OP_WRITE = 23;

/** Entries of the ring: those of one submission, which therefore always lie at the same place. */
const entryCount = 2n;
const sqeSize = 64;

/**
 * Owns an io_uring. After each {@linkcode IoUring.submit} the kernel writes one byte to one
 * descriptor once another one is readable, without an additional thread.
 */
export class IoUring implements Disposable {
  readonly #functions = bindSymbols(uringEnterSymbols);
  readonly #owned: OwnedFd;
  readonly #memory: RingMemory;
  readonly #fdArgument: bigint;
  readonly #writeFd: number;
  #tail = 0;

  /**
   * Sets up a ring whose bytes are written to `writeFd`, which must be nonblocking.
   *
   * @throws {SystemError} Naming the call that failed, for example `io_uring_setup` with `EPERM`.
   */
  constructor(writeFd: number) {
    this.#writeFd = writeFd;
    const words = new Uint32Array(params.length);
    const stack = new DisposableStack();
    try {
      this.#owned = stack.use(new OwnedFd(() => setUp(words), "io_uring_setup"));
      this.#fdArgument = BigInt(this.fd);
      if ((words[params.features]! & IORING_FEAT_CQE_SKIP) === 0) {
        throw systemError(ENOSYS, "io_uring_setup", { hint: "It needs Linux 5.17" });
      }
      this.#memory = new RingMemory(this.fd, words);
      stack.move();
    } finally {
      stack.dispose();
    }
  }

  /** The descriptor; -1 once closed. */
  get fd(): number {
    return this.#owned.fd;
  }

  /** Makes the kernel write a byte at once, in the same way as it writes all later ones. */
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
    this.#memory.setTail(this.#tail);
    const submitted = this.#functions.syscall(
      SYS_io_uring_enter,
      this.#fdArgument,
      entryCount,
      0n,
      0n,
      0n,
      0n,
    );
    const errno = submitted === -1 ? lastErrno() : this.#memory.readErrno();
    if (errno !== undefined) throw systemError(errno, "io_uring_enter");
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
    this.#owned.close();
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
    view.setBigUint64(sqeSize + 16, this.#memory.entries + BigInt(2 * sqeSize), true);
    view.setUint32(sqeSize + 24, 1, true);
    this.#memory.writeEntries(bytes);
  }
}

/** Calls io_uring_setup(2), which fills in `words`. Returns -1 if that fails. */
function setUp(words: Uint32Array<ArrayBuffer>): number {
  const { syscall } = bindSymbols(uringSetupSymbols);
  return syscall(SYS_io_uring_setup, entryCount, words);
}
