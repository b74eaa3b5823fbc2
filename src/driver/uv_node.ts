/**
 * The doorbell of Node's main thread. Node's event loop, libuv, itself watches the epoll descriptor, through
 * the functions that the executable exports for addons.
 *
 * - Node doesn't run microtasks after a callback from `node:ffi`, and aborts if it throws. So the callback
 *   runs them itself and catches everything. Leaving that to setImmediate would take 7 µs longer after
 *   an idle millisecond, a fifth of the time of a round trip.
 * - libuv watches an eventfd that AIO signals, because libuv's own look at the epoll descriptor would take
 *   events that a file reports only once (see `src/sys/aio.ts`). Where there is no AIO, it watches that.
 * - Node aborts the process if a Worker ends with a handle that Node doesn't know, or is terminated
 *   during a callback. So this is for the main thread alone.
 * - At the end of the process, Node runs the loop once more without JavaScript, and aborts at a callback. So
 *   the handle is stopped before, and closed without a callback.
 */

import { EEXIST, EPOLL_CTL_ADD, EPOLLIN } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { bindSymbols, lastErrno, libc } from "../ffi/libc.ts";
import { currentLoop, libuv, registerCallback, unregisterCallback } from "../ffi/node.ts";
import { memorySymbols } from "../ffi/symbols.ts";
import { UnsupportedPlatformError } from "../runtime/errors.ts";
import { runtimeProcess, setImmediate } from "../runtime/globals.ts";
import { throwUncaught } from "../runtime/uncaught.ts";
import { type AioPoll, tryAio } from "../sys/aio.ts";
import { thisArchitecture } from "../sys/architecture.ts";
import { writeEvent } from "../sys/epoll.ts";
import { isWorkerThread } from "../sys/thread.ts";
import type { Doorbell, DoorbellFactory, DoorbellListener } from "./doorbell.ts";
import { addExitListener, type ExitListener, isExiting, removeExitListener } from "./exit_node.ts";

const UV_POLL = 8;
const UV_READABLE = 1;

/** Rings without AIO that may come while nobody waits for one, because the driver is polling. */
const maxUnexpectedRings = 16;

/** The function with which Node ends its own callbacks, documented only as deprecated (DEP0134). */
interface TickQueue {
  _tickCallback?(): void;
}

/** Runs microtasks and callbacks of `process.nextTick`, now or at the end of this iteration of the loop. */
function runMicrotasks(): void {
  const process = runtimeProcess() as TickQueue;
  if (process._tickCallback === undefined) setImmediate(() => {});
  else process._tickCallback();
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

class UvDoorbell implements Doorbell, ExitListener {
  readonly name = "uv";
  readonly #listener: DoorbellListener;
  readonly #aio: AioPoll | undefined;
  /** The descriptor that libuv watches. */
  readonly #fd: number;
  readonly #handle: bigint;
  readonly #onReadable: bigint;
  /** libuv watches. */
  #started = false;
  /** Rings until the handle is stopped, if nobody waits for one. */
  #ringsLeft = 0;
  /** The next ring is waited for. */
  #expected = false;
  #ref = true;
  #closed: Promise<void> | undefined;

  constructor(fd: number, listener: DoorbellListener) {
    const { uv_handle_size, uv_poll_init } = libuv();
    const { malloc, free } = bindSymbols(memorySymbols);
    this.#listener = listener;
    this.#aio = tryAio(fd);
    this.#fd = this.#aio?.ready.fd ?? fd;
    this.#handle = malloc(uv_handle_size(UV_POLL));
    const result = uv_poll_init(currentLoop(), this.#handle, this.#fd);
    if (result !== 0) {
      free(this.#handle);
      this.#aio?.[Symbol.dispose]();
      throw systemError(-result, "uv_poll_init", { fd: this.#fd });
    }
    // void (*uv_poll_cb)(uv_poll_t *handle, int status, int events)
    this.#onReadable = registerCallback(["pointer", "i32", "i32"], () => this.#onRing());
    addExitListener(this);
  }

  arm(ref: boolean): void {
    this.#aio?.start();
    if (!this.#started) this.#start();
    this.#expected = true;
    this.#ringsLeft = maxUnexpectedRings;
    this.setRef(ref);
  }

  setRef(ref: boolean): void {
    if (this.#ref === ref || this.#closed !== undefined) return;
    this.#ref = ref;
    if (ref) libuv().uv_ref(this.#handle);
    else libuv().uv_unref(this.#handle);
  }

  disarm(): void {
    this.#expected = false;
    this.setRef(false);
  }

  isInternal(fd: number): boolean {
    return fd === this.#aio?.ready.fd;
  }

  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  onExit(): void {
    this.#stop();
  }

  #close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.disarm();
    removeExitListener(this);
    libuv().uv_close(this.#handle, 0n);
    // libuv closes handles at the end of an iteration, after callbacks of setImmediate.
    setImmediate(() =>
      setImmediate(() => {
        unregisterCallback(this.#onReadable);
        bindSymbols(memorySymbols).free(this.#handle);
        this.#aio?.[Symbol.dispose]();
        resolve();
      })
    );
    return promise;
  }

  #start(): void {
    if (isExiting()) return;
    this.#addToLoop();
    const result = libuv().uv_poll_start(this.#handle, UV_READABLE, this.#onReadable);
    if (result !== 0) throw systemError(-result, "uv_poll_start", { fd: this.#fd });
    this.#started = true;
  }

  #stop(): void {
    if (!this.#started) return;
    this.#started = false;
    libuv().uv_poll_stop(this.#handle);
  }

  /**
   * Adds the descriptor to the loop's own epoll instance. libuv would do so too, but aborts the process
   * if the kernel refuses, for lack of memory or because there are too many registrations or paths. It
   * goes on if the descriptor is there already.
   */
  #addToLoop(): void {
    const layout = thisArchitecture().epollEvent;
    const event = new Uint32Array(layout.stride);
    writeEvent(event, 0, layout, EPOLLIN, this.#fd, 0);
    const loop = libuv().uv_backend_fd(currentLoop());
    if (libc().epoll_ctl(loop, EPOLL_CTL_ADD, this.#fd, event) === 0) return;
    const errno = lastErrno();
    if (errno !== EEXIST) throw systemError(errno, "epoll_ctl", { fd: this.#fd });
  }

  /** Returns whether that worked. Otherwise the next kind of doorbell takes over. */
  #drainAio(): boolean {
    try {
      this.#aio?.drain();
      return true;
    } catch (error) {
      this.#listener.onFailure(error);
      return false;
    }
  }

  /** Called by libuv. Must not throw. */
  #onRing(): void {
    try {
      if (!this.#drainAio()) return;
      if (this.#expected) {
        this.#expected = false;
        this.#listener.onReady();
        runMicrotasks();
      } else if (--this.#ringsLeft < 0) {
        this.#stop();
      }
    } catch (error) {
      throwUncaught(error);
    }
  }
}
