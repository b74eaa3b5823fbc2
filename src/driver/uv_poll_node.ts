/**
 * Watching a descriptor with libuv, Node's event loop, through the functions that the executable
 * exports for addons. uv_poll(3), `docs/src/poll.rst` of libuv
 */

import { allocateMemory, freeMemory } from "../ffi/c_memory.ts";
import { EEXIST, EPOLL_CTL_ADD, EPOLLIN } from "../ffi/constants.ts";
import { systemError } from "../ffi/errors.ts";
import { lastErrno, libc } from "../ffi/libc.ts";
import { currentLoop, libuv, registerCallback, unregisterCallback } from "../ffi/node.ts";
import { setImmediate } from "../runtime/globals.ts";
import { thisArchitecture } from "../sys/architecture.ts";
import { writeEvent } from "../sys/epoll.ts";
import { isExiting } from "./exit_node.ts";

const UV_POLL = 8;
const UV_READABLE = 1;

/** Owns a `uv_poll_t`. */
export class UvPoll {
  readonly #fd: number;
  readonly #memory: DisposableStack;
  readonly #handle: bigint;
  readonly #callback: bigint;
  #isStarted = false;
  #isRef = true;
  #closed: Promise<void> | undefined;

  /**
   * Calls `onReadable` in each iteration of the loop in which `fd` is readable, from
   * {@linkcode UvPoll.start} on. It must not throw, and microtasks don't run after it.
   *
   * @throws {SystemError} If there is no memory, or libuv refuses.
   */
  constructor(fd: number, onReadable: () => void) {
    this.#fd = fd;
    const stack = new DisposableStack();
    try {
      this.#handle = stack.adopt(allocateMemory(libuv().uv_handle_size(UV_POLL)), freeMemory);
      // void (*uv_poll_cb)(uv_poll_t *handle, int status, int events)
      const callback = registerCallback(["pointer", "i32", "i32"], onReadable);
      this.#callback = stack.adopt(callback, unregisterCallback);
      throwIfUvFailed(libuv().uv_poll_init(currentLoop(), this.#handle, fd), "uv_poll_init", fd);
      this.#memory = stack.move();
    } finally {
      stack.dispose();
    }
  }

  /** Whether the loop runs on because of this while it watches. */
  get isRef(): boolean {
    return this.#isRef;
  }

  /** Begins to watch, unless it does so, or the process is about to end. */
  start(): void {
    if (this.#isStarted || isExiting()) return;
    addToLoop(this.#fd);
    const result = libuv().uv_poll_start(this.#handle, UV_READABLE, this.#callback);
    throwIfUvFailed(result, "uv_poll_start", this.#fd);
    this.#isStarted = true;
  }

  /** Stops watching. */
  stop(): void {
    if (!this.#isStarted) return;
    this.#isStarted = false;
    libuv().uv_poll_stop(this.#handle);
  }

  /** Changes {@linkcode UvPoll.isRef}, which is true at first. */
  setRef(isRef: boolean): void {
    if (this.#isRef === isRef || this.#closed !== undefined) return;
    this.#isRef = isRef;
    if (isRef) libuv().uv_ref(this.#handle);
    else libuv().uv_unref(this.#handle);
  }

  /** Stops watching at once. Resolves when libuv no longer refers to the handle. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  #close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#isStarted = false;
    libuv().uv_close(this.#handle, 0n);
    // libuv closes handles at the end of an iteration, after callbacks of setImmediate.
    setImmediate(() =>
      setImmediate(() => {
        this.#memory.dispose();
        resolve();
      })
    );
    return promise;
  }
}

/**
 * Adds `fd` to the loop's own epoll instance. libuv would do so too, but aborts the process if the
 * kernel refuses, for lack of memory or because there are too many registrations or paths. It goes
 * on if the descriptor is there already.
 */
function addToLoop(fd: number): void {
  const layout = thisArchitecture().epollEvent;
  const event = new Uint32Array(layout.stride);
  writeEvent(event, 0, layout, EPOLLIN, fd, 0);
  const loop = libuv().uv_backend_fd(currentLoop());
  if (libc().epoll_ctl(loop, EPOLL_CTL_ADD, fd, event) === 0) return;
  const errno = lastErrno();
  if (errno !== EEXIST) throw systemError(errno, "epoll_ctl", { fd });
}

/** libuv returns a negated errno. */
function throwIfUvFailed(result: number, syscall: string, fd: number): void {
  if (result !== 0) throw systemError(-result, syscall, { fd });
}
