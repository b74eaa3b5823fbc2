/**
 * The io_uring doorbell, which needs no thread. The kernel itself waits for the epoll descriptor
 * and then writes a byte into a socket pair. The event loop watches the other end, as it does all
 * its sockets.
 */

import { EAGAIN, EBADF, ENOSYS, POLLIN } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { clearTimeout, setImmediate, setTimeout, type Timer } from "../runtime/globals.ts";
import { currentRuntime } from "../runtime/runtime.ts";
import { IoUring } from "../sys/io_uring.ts";
import type { OwnedFd } from "../sys/owned_fd.ts";
import { isReady } from "../sys/poll.ts";
import type { Doorbell, DoorbellFactory, DoorbellListener } from "./doorbell.ts";
import {
  addInterruptingDoorbell,
  type InterruptingDoorbell,
  removeInterruptingDoorbell,
} from "./interruptions.ts";
import type { ReceivingEnd, ReceivingPair } from "./receiving_end.ts";
import { runtimeParts } from "./runtime_parts.ts";

/** How long the event loop may take to deliver the probe, in ms. */
const probeMilliseconds = 1000;

/** Makes doorbells that use io_uring. */
export const uringFactory: DoorbellFactory = {
  name: "uring",
  createDoorbell: (fd, listener) => new UringDoorbell(fd, listener),
};

export class UringDoorbell implements Doorbell, InterruptingDoorbell {
  readonly #listener: DoorbellListener;
  readonly #receiving: ReceivingEnd;
  readonly #writing: OwnedFd;
  readonly #uring: IoUring;
  #probe: "unsent" | "sent" | "received" = "unsent";
  #probeTimer: Timer | undefined;
  /** The kernel watches, until the epoll descriptor is readable. */
  #pollInFlight = false;
  /** {@linkcode UringDoorbell.takeRing} has returned true for the poll in flight. */
  #ringTaken = false;

  /**
   * Sets up the ring, and lets the kernel write a first byte with it.
   *
   * @throws {SystemError} If a call fails, or nothing was written.
   */
  constructor(
    fd: number,
    listener: DoorbellListener,
    createPair: () => ReceivingPair = runtimeParts[currentRuntime()].createReceivingPair,
  ) {
    this.#listener = listener;
    const stack = new DisposableStack();
    try {
      const { receiving, writing } = createPair();
      this.#receiving = stack.use(receiving);
      this.#writing = stack.use(writing);
      this.#uring = stack.use(new IoUring(writing.fd));
      this.#uring.submitProbe();
      this.#requireByte();
      this.#uring.watch(fd);
      stack.move();
      addInterruptingDoorbell(this);
    } finally {
      stack.dispose();
    }
  }

  arm(ref: boolean): void {
    this.#receiving.start(() => this.#onData());
    if (this.#probe !== "received") this.#sendProbe();
    else if (!this.#pollInFlight) this.#submit();
    this.setRef(ref);
  }

  setRef(ref: boolean): void {
    this.#receiving.setRef(ref);
    if (ref) this.#probeTimer?.ref();
    else this.#probeTimer?.unref();
  }

  /** The poll stays in flight, because it costs nothing. */
  disarm(): void {
    this.setRef(false);
  }

  isInternal(fd: number): boolean {
    return fd === this.#receiving.fd || fd === this.#writing.fd || fd === this.#uring.fd;
  }

  takeRing(): boolean {
    if (!this.#pollInFlight || this.#ringTaken) return false;
    return this.#ringTaken = isReady(this.#receiving.fd, POLLIN);
  }

  async close(): Promise<void> {
    removeInterruptingDoorbell(this);
    this.disarm();
    this.#probe = "received"; // for a check that is due already
    clearTimeout(this.#probeTimer);
    this.#uring[Symbol.dispose]();
    this.#writing.close();
    await this.#receiving.close();
  }

  #requireByte(): void {
    const { fd } = this.#receiving;
    if (libc().read(fd, new Uint8Array(1), 1n) === 1) return;
    const errno = lastErrno();
    if (errno !== EAGAIN) throw systemError(errno, "read", { fd });
    throw systemError(ENOSYS, "io_uring_enter", { hint: "The probe wrote nothing" });
  }

  #submit(): void {
    if (this.#writing.fd === -1) throw systemError(EBADF, "write", { fd: this.#receiving.fd });
    this.#uring.submit();
    this.#pollInFlight = true;
    this.#ringTaken = false;
  }

  /**
   * The constructor has shown that the kernel writes, but not that the event loop delivers. The
   * first arming writes a byte by itself. It rings without a reason, and the next arming watches.
   */
  #sendProbe(): void {
    if (this.#probe === "sent") return;
    this.#probe = "sent";
    libc().write(this.#writing.fd, new Uint8Array(1), 1n);
    this.#probeTimer = setTimeout(() => {
      // The program may have kept the event loop from running until now. So let it run first.
      setImmediate(() => setImmediate(() => this.#checkProbe()));
    }, probeMilliseconds);
  }

  #checkProbe(): void {
    if (this.#probe === "received") return;
    this.#probe = "unsent";
    const hint = "The event loop did not deliver the probe";
    this.#listener.onFailure(systemError(ENOSYS, "io_uring_enter", { hint }));
  }

  #onData(): void {
    if (this.#probe === "received") {
      this.#pollInFlight = false;
    } else {
      this.#probe = "received";
      clearTimeout(this.#probeTimer);
    }
    this.#listener.onReady();
  }
}
