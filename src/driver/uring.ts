/**
 * The io_uring doorbell: no thread at all. The kernel itself waits for the epoll descriptor and then
 * writes a byte into a socket pair, whose other end the runtime's event loop watches as it does all
 * its sockets.
 */

import { EAGAIN, EBADF, ENOSYS, POLLIN } from "../ffi/constants.ts";
import { IoUring } from "../sys/io_uring.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { OwnedFd } from "../sys/owned_fd.ts";
import { isReady } from "../sys/poll.ts";
import { clearTimeout, setImmediate, setTimeout, type Timer } from "../runtime/globals.ts";
import { createSocketpair } from "../sys/socketpair.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import type { Receive, Receiver } from "./receiver.ts";
import { receiveInBun } from "./uring_bun.ts";
import { receiveInDeno } from "./uring_deno.ts";

/** How long the event loop may take to deliver the first byte, in ms. */
const proofMilliseconds = 1000;

/** The open doorbells of this isolate. */
const doorbells = new Set<UringDoorbell>();

/** Takes notice of the doorbells that have rung; returns whether any had, of which it wasn't known. */
export function noticeRings(): boolean {
  return [...doorbells].filter((doorbell) => doorbell.rung()).length > 0;
}

/** When a ring was closed last. The kernel takes it apart later. */
let lastClosing = -Infinity;

/** For how long the kernel may put that off, in ms. It is mostly some tens. */
const closingMilliseconds = 1000;

/**
 * Whether a doorbell of this isolate has rung since the last time, or one is being taken apart: either
 * interrupts a system call that the isolate is in just as a signal does. The second can't be told from a
 * signal that comes within a second of the close.
 */
export function rungMeanwhile(): boolean {
  return noticeRings() || performance.now() - lastClosing < closingMilliseconds;
}

export class UringDoorbell implements Doorbell {
  readonly name = "uring";
  readonly #listener: DoorbellListener;
  readonly #receive: Receive;
  readonly #receiveFd: number;
  /** Lets go of it when the receiver has it. */
  readonly #receiving: OwnedFd;
  readonly #writing: OwnedFd;
  readonly #ring: IoUring;
  #receiver: Receiver | undefined;
  #proof: "none" | "awaited" | "delivered" = "none";
  #proofTimer: Timer | undefined;
  /** The kernel watches. It goes on when nobody wants to know any more, until it has rung. */
  #watching = false;
  /** It has been noticed that the kernel has rung, though the event loop has yet to hear of it. */
  #noticed = false;
  #armed = false;
  /** The receiver keeps the process alive, as it does from the start. */
  #held = true;

  /**
   * Sets up the ring and has the kernel write a first byte by it.
   *
   * @throws {SystemError} If a call fails, or nothing has been written.
   */
  constructor(fd: number, listener: DoorbellListener, receive: Receive = runtimeReceive()) {
    this.#listener = listener;
    this.#receive = receive;
    const opened = new DisposableStack();
    try {
      const [receiveFd, writeFd] = createSocketpair();
      this.#receiveFd = receiveFd;
      this.#receiving = opened.use(new OwnedFd(() => receiveFd));
      this.#writing = opened.use(new OwnedFd(() => writeFd));
      this.#ring = opened.use(new IoUring(writeFd));
      this.#ring.submitProbe();
      this.#requireByte();
      this.#ring.watch(fd);
      opened.move();
      doorbells.add(this);
    } finally {
      opened.dispose();
    }
  }

  arm(held: boolean): void {
    this.#armed = true;
    try {
      this.#receiver ??= this.#startReceiver();
      this.hold(held);
      if (this.#proof !== "delivered") this.#proveDelivery();
      else if (!this.#watching) this.#watch();
    } catch (error) {
      this.disarm();
      this.#listener.onFailure(error);
    }
  }

  disarm(): void {
    this.#armed = false;
    this.hold(false);
  }

  isInternal(fd: number): boolean {
    return fd === this.#receiveFd || fd === this.#writing.fd || fd === this.#ring.fd;
  }

  /** Whether the kernel has rung, asked for the first time since. */
  rung(): boolean {
    if (!this.#watching || this.#noticed) return false;
    return this.#noticed = isReady(this.#receiveFd, POLLIN);
  }

  async close(): Promise<void> {
    doorbells.delete(this);
    lastClosing = performance.now();
    this.disarm();
    clearTimeout(this.#proofTimer);
    this.#ring[Symbol.dispose]();
    this.#writing.close();
    if (this.#receiver === undefined) return this.#receiving.close();
    this.#receiving.release();
    await this.#receiver.close();
  }

  #requireByte(): void {
    if (libc().read(this.#receiveFd, new Uint8Array(1), 1n) === 1) return;
    const errno = lastErrno();
    if (errno !== EAGAIN) throw systemError(errno, "read", { fd: this.#receiveFd });
    throw systemError(ENOSYS, "io_uring_enter", { hint: "The probe wrote nothing" });
  }

  #startReceiver(): Receiver {
    const receiver = this.#receive(this.#receiveFd, () => this.#onData());
    if (receiver.closesWithIsolate) this.#receiving.release();
    return receiver;
  }

  /** Keeps the process alive, or doesn't. */
  hold(held: boolean): void {
    if (held) this.#proofTimer?.ref();
    else this.#proofTimer?.unref();
    if (this.#held === held) return;
    this.#held = held;
    if (held) this.#receiver?.ref();
    else this.#receiver?.unref();
  }

  #watch(): void {
    if (this.#writing.fd === -1) throw systemError(EBADF, "write", { fd: this.#receiveFd });
    this.#ring.submit();
    this.#watching = true;
    this.#noticed = false;
  }

  /**
   * That the kernel writes has been shown; that the event loop hears of it has not. The first arming
   * writes a byte by itself: to be rung for it is a ring for no reason, and the next arming watches.
   */
  #proveDelivery(): void {
    if (this.#proof === "awaited") return;
    this.#proof = "awaited";
    libc().write(this.#writing.fd, new Uint8Array(1), 1n);
    this.#proofTimer = setTimeout(() => {
      // The program may have kept the event loop from running until now: let it run first.
      setImmediate(() => setImmediate(() => this.#checkProof()));
    }, proofMilliseconds);
    if (!this.#held) this.#proofTimer.unref();
  }

  #checkProof(): void {
    if (this.#proof === "delivered") return;
    this.#proof = "none";
    if (!this.#armed) return;
    this.disarm();
    this.#listener.onFailure(
      systemError(ENOSYS, "io_uring_enter", { hint: "The event loop didn't deliver the probe" }),
    );
  }

  #onData(): void {
    if (this.#proof === "delivered") {
      this.#watching = false;
    } else {
      this.#proof = "delivered";
      clearTimeout(this.#proofTimer);
    }
    if (!this.#armed) return;
    this.#armed = false;
    this.#listener.onRing();
  }
}

function runtimeReceive(): Receive {
  return libc().runtime === "bun" ? receiveInBun : receiveInDeno;
}
