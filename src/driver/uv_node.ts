/**
 * The doorbell of Node's main thread: Node's event loop, libuv, itself watches the epoll
 * descriptor.
 *
 * - Node doesn't run microtasks after a callback from `node:ffi`, and aborts if it throws. So the
 *   callback runs them itself and catches everything. Leaving that to setImmediate would take 7 µs
 *   longer after an idle millisecond, a fifth of the time of a round trip.
 * - libuv's own look at the epoll descriptor would take events that a file reports only once.
 *   From the first such file on, libuv watches an eventfd that AIO signals (see `src/sys/aio.ts`).
 *   AIO adds 40 % to the CPU time of an event after an idle millisecond. It is also used if one
 *   open file is registered so often, 500 times, or so many epoll instances in each other, 5, that
 *   the kernel refuses to watch the instance in another one (`reverse_path_check` and
 *   `ep_loop_check` in fs/eventpoll.c).
 * - Node aborts the process if a Worker ends with a handle that Node doesn't know, or is terminated
 *   during a callback. So this is for the main thread alone.
 * - At the end of the process, Node runs one more iteration of the loop without JavaScript, and
 *   aborts at a callback. So the handle is stopped before, and closed without a callback.
 */

import { SystemError } from "../ffi/errors.ts";
import { runMicrotasks } from "../ffi/node.ts";
import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { queueMicrotask, runtimeProcess, setImmediate } from "../runtime/globals.ts";
import { throwUncaught } from "../runtime/uncaught.ts";
import { type AioPoll, tryAio } from "../sys/aio.ts";
import { mayReportOnce } from "../sys/file_type.ts";
import { isWorkerThread } from "../sys/thread.ts";
import type { Doorbell, DoorbellFactory, DoorbellListener } from "./doorbell.ts";
import { addExitListener, type ExitListener, removeExitListener } from "./exit_node.ts";
import { UvPoll } from "./uv_poll_node.ts";

/** Rings that may come while none is expected, because the driver is polling. */
const maxUnexpectedRings = 16;

/** Callbacks of `process.nextTick` that may throw after one ring. The others are made later. */
const maxThrowingTicks = 64;

/**
 * Node calls this function after its own callbacks. It is documented only as deprecated (DEP0134).
 */
interface TickQueue {
  _tickCallback?(): void;
}

/**
 * Runs microtasks and callbacks of `process.nextTick`, now or at the end of this iteration of the
 * loop.
 */
function drainQueues(): void {
  const process = runtimeProcess() as TickQueue;
  const { _tickCallback } = process;
  // Node's option for pending deprecations replaces it by a function that warns.
  if (_tickCallback === undefined || _tickCallback.name === "deprecated") {
    return setImmediate(() => {});
  }
  for (let count = 0; count < maxThrowingTicks; count++) {
    try {
      return process._tickCallback!();
    } catch (error) {
      reportThrown(error);
    }
  }
}

/**
 * Has Node report what a callback of `process.nextTick` has thrown, before its next callback, but
 * after the microtasks that are queued. That also empties the stack of async ids. Otherwise Node
 * aborts if the program has async hooks.
 */
function reportThrown(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
  runMicrotasks();
}

/** Makes doorbells that use libuv. */
export const uvFactory: DoorbellFactory = {
  name: "uv",
  createDoorbell(fd, listener) {
    if (!isWorkerThread()) return new UvDoorbell(fd, listener);
    throw new UnsupportedPlatformError(
      'The driver "uv" works only on the main thread. Use the driver "auto"',
    );
  },
};

export class UvDoorbell implements Doorbell, ExitListener {
  readonly #fd: number;
  readonly #listener: DoorbellListener;
  #poll: UvPoll;
  #aio: AioPoll | undefined;
  /** Whether the driver waits for the next ring. */
  #isExpected = false;
  /** How many rings that aren't expected may come until the handle is stopped. */
  #ringsLeft = 0;
  /** Pending closes, that of a replaced handle included. */
  readonly #closings: Promise<void>[] = [];

  /**
   * Watches `fd`.
   *
   * @throws {SystemError} If there is no memory, or libuv refuses.
   */
  constructor(fd: number, listener: DoorbellListener) {
    this.#fd = fd;
    this.#listener = listener;
    this.#poll = new UvPoll(fd, () => this.#onReadable());
    addExitListener(this);
  }

  arm(ref: boolean): void {
    this.#aio?.start();
    this.#isExpected = true;
    this.#ringsLeft = maxUnexpectedRings;
    this.#start();
    this.setRef(ref);
  }

  setRef(ref: boolean): void {
    this.#poll.setRef(ref);
  }

  disarm(): void {
    this.#isExpected = false;
    this.setRef(false);
  }

  isInternal(fd: number): boolean {
    return fd === this.#aio?.ready.fd;
  }

  onRegistered(fd: number): void {
    if (this.#aio === undefined && mayReportOnce(fd)) this.#watchWithAio();
  }

  onRefused(): boolean {
    return this.#watchWithAio();
  }

  async close(): Promise<void> {
    this.disarm();
    removeExitListener(this);
    this.#closings.push(this.#poll.close());
    await Promise.all(this.#closings);
    this.#aio?.[Symbol.dispose]();
  }

  onExit(): void {
    this.#poll.stop();
  }

  onExitCancelled(): void {
    if (this.#isExpected) this.#ring();
  }

  #start(): void {
    try {
      this.#poll.start();
    } catch (error) {
      // The kernel may refuse to watch an instance in another one.
      if (!this.#watchWithAio()) throw error;
    }
  }

  /**
   * Watches with AIO from now on. Returns whether that works. Otherwise everything stays as it is.
   */
  #watchWithAio(): boolean {
    if (this.#aio !== undefined) return false;
    try {
      this.#changeToAio();
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
    return this.#aio !== undefined;
  }

  #changeToAio(): void {
    const aio = tryAio(this.#fd);
    if (aio === undefined) return;
    const stack = new DisposableStack();
    try {
      stack.use(aio);
      const poll = new UvPoll(aio.ready.fd, () => this.#onReadable());
      stack.defer(() => void poll.close());
      if (this.#isExpected) poll.start();
      poll.setRef(this.#poll.isRef);
      this.#closings.push(this.#poll.close());
      this.#poll = poll;
      this.#aio = aio;
      stack.move();
    } finally {
      stack.dispose();
    }
  }

  /** Returns whether that worked. Otherwise the next doorbell takes over. */
  #drainAio(): boolean {
    try {
      this.#aio?.drain();
      return true;
    } catch (error) {
      this.#listener.onFailure(error);
      return false;
    }
  }

  #ring(): void {
    this.#isExpected = false;
    this.#listener.onReady();
  }

  /** Called by libuv. Must not throw. */
  #onReadable(): void {
    try {
      if (!this.#drainAio()) return;
      if (this.#isExpected) {
        this.#ring();
        drainQueues();
      } else if (--this.#ringsLeft < 0) {
        this.#poll.stop();
      }
    } catch (error) {
      throwUncaught(error);
    }
  }
}
