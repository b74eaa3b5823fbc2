/**
 * Linux AIO. Besides io_uring, it alone waits for a descriptor without polling it again once it is
 * ready.
 *
 * Some files report an event once, to the first poll after it: `/proc/self/mounts`, pressure stall
 * triggers, performance counters. poll(2) and epoll_wait(2) poll again when they wake. A thread
 * that waits for an epoll instance with them takes the event away, and the isolate finds nothing.
 * `IOCB_CMD_POLL` completes within the wakeup itself, and leaves the event to the isolate.
 *
 * io_setup(2), io_submit(2), io_cancel(2), linux/aio_abi.h
 */

import { copyToC, freeMemory } from "../ffi/c_memory.ts";
import { ENOSYS, POLLIN } from "../ffi/constants.ts";
import { SystemError, systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno } from "../ffi/libc.ts";
import { aioSetupSymbols, aioSymbols, memorySymbols } from "../ffi/symbols.ts";
import { thisArchitecture } from "./architecture.ts";
import { EventFd } from "./eventfd.ts";
import { isWorkerThread } from "./thread.ts";

/** Polls that can be in flight at a time. The system has 65,536 for all processes. */
const maxPolls = 64n;

const IOCB_CMD_POLL = 5;
const IOCB_FLAG_RESFD = 1;
const AIO_RING_MAGIC = 0xa10a10a1;

/**
 * Where fields of `struct aio_ring` lie, which the kernel shares at a context's address. In bytes.
 */
const ring = { head: 8n, tail: 12n, magic: 16n } as const;

/**
 * A `struct iocb`, the array of pointers that io_submit takes, and io_cancel's `struct io_event`.
 */
const layout = { pointer: 64, event: 72, length: 104 } as const;

/** An AIO context. The process keeps it, because the kernel takes 50 ms to destroy one. */
class AioContext {
  readonly #setup = bindSymbols(aioSetupSymbols);
  readonly #functions = bindSymbols(aioSymbols);
  readonly #numbers = thisArchitecture().syscalls;
  readonly #address: bigint;
  readonly #word = new Uint32Array(1);

  constructor() {
    const address = new BigUint64Array(1);
    if (this.#setup.syscall(this.#numbers.io_setup, maxPolls, address) === -1) {
      throw systemError(lastErrno(), "io_setup");
    }
    this.#address = address[0]!;
    const hint = "The kernel's ring of completions has an unknown layout";
    if (this.#load(ring.magic) !== AIO_RING_MAGIC) throw systemError(ENOSYS, "io_setup", { hint });
  }

  /** Submits the iocb at `address`. */
  submit(address: bigint): void {
    // Completions take up room until they are dropped. An eventfd reports them.
    this.#store(ring.head, this.#load(ring.tail));
    const { syscall } = this.#functions;
    const pointer = address + BigInt(layout.pointer);
    if (syscall(this.#numbers.io_submit, this.#address, 1n, pointer, 0n) !== 1) {
      throw systemError(lastErrno(), "io_submit");
    }
  }

  /** Cancels the iocb at `address`, if it is in flight. */
  cancel(address: bigint): void {
    const { syscall } = this.#functions;
    const event = address + BigInt(layout.event);
    syscall(this.#numbers.io_cancel, this.#address, address, event, 0n);
  }

  #load(offset: bigint): number {
    this.#setup.memcpy(this.#word, this.#address + offset, 4n);
    return this.#word[0]!;
  }

  #store(offset: bigint, value: number): void {
    this.#word[0] = value;
    this.#functions.memcpy(this.#address + offset, this.#word, 4n);
  }
}

let context: AioContext | undefined;

/** Makes an eventfd readable once a descriptor is. */
export class AioPoll implements Disposable {
  /** The eventfd. */
  readonly ready: EventFd;
  readonly #resources: DisposableStack;
  readonly #context: AioContext;
  readonly #address: bigint;
  #isInFlight = false;

  /**
   * Waits for `fd` to be readable, from the first {@linkcode AioPoll.start} on.
   *
   * @throws {SystemError} If the kernel has no AIO, or the process or the system has used it up.
   */
  constructor(fd: number) {
    const stack = new DisposableStack();
    try {
      this.ready = stack.use(new EventFd());
      this.#address = stack.adopt(createIocb(fd, this.ready.fd), freeMemory);
      this.#context = context ??= new AioContext();
      this.start();
      // A poll in flight would keep the epoll instance.
      stack.defer(() => this.#context.cancel(this.#address));
      this.#resources = stack.move();
    } finally {
      stack.dispose();
    }
  }

  /**
   * Begins to wait, unless the last wait hasn't ended. The eventfd isn't readable then.
   *
   * @throws {SystemError} If the kernel refuses.
   */
  start(): void {
    if (this.#isInFlight) this.drain();
    if (this.#isInFlight) return;
    this.#context.submit(this.#address);
    this.#isInFlight = true;
  }

  /** Makes the eventfd unreadable after it has reported the end of the wait. */
  drain(): void {
    if (this.ready.drain() > 0) this.#isInFlight = false;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/**
 * Creates a `struct iocb` that polls `fd` and signals `readyFd`, and the pointer to it, in C's
 * memory.
 */
function createIocb(fd: number, readyFd: number): bigint {
  const iocb = new DataView(new ArrayBuffer(layout.length));
  // aio_lio_opcode, aio_fildes, aio_buf with the events, aio_flags and aio_resfd.
  iocb.setUint16(16, IOCB_CMD_POLL, true);
  iocb.setUint32(20, fd, true);
  iocb.setBigUint64(24, BigInt(POLLIN), true);
  iocb.setUint32(56, IOCB_FLAG_RESFD, true);
  iocb.setUint32(60, readyFd, true);
  const address = copyToC(iocb);
  const pointer = new BigUint64Array([address]);
  bindSymbols(memorySymbols).memcpy(address + BigInt(layout.pointer), pointer, 8n);
  return address;
}

/** Waits for `fd` with AIO, where that works and ends with the isolate. */
export function tryAio(fd: number): AioPoll | undefined {
  if (isWorkerThread()) return undefined;
  try {
    return new AioPoll(fd);
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}
