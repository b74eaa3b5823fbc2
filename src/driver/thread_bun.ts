/**
 * The thread doorbell in Bun, whose FFI has no asynchronous calls: a Worker that blocks.
 *
 * Between two calls the Worker sleeps in `Atomics.wait` rather than in its event loop, so that arming is
 * one futex call instead of a message.
 *
 * The Worker's source is inline, because it must be found from a package, in a bundle and in a compiled
 * executable alike.
 */

import { translateForBun } from "../ffi/bun.ts";
import { libc } from "../ffi/libc.ts";
import { coreSymbols, pollSymbols } from "../ffi/symbols.ts";
import { EventFd } from "../sys/eventfd.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { type BlockingCall, interruptForGood } from "./poll_call.ts";

/** Values of the shared word. */
const resting = 0;
const watching = 1;
const closing = 2;

/** How long the Worker rests in one call. */
const restMilliseconds = 30_000;

/** Descriptors that Bun opens for a Worker. If it can't, it ends the process. */
const workerDescriptors = 2;

/** The members of a Worker that are used here, so that no runtime's type package is needed. */
interface BunWorker extends EventTarget {
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}
declare const Worker: new (url: string, options: { smol: boolean; ref: boolean }) => BunWorker;

/** Reports of the Worker: a call has returned, it has failed, or the Worker has left its loop. */
type Message = "returned" | "failed" | "closed";

function workerSource(libcPath: string): string {
  const table = translateForBun({ ...pollSymbols, epoll_wait: coreSymbols.epoll_wait });
  return `
    const { dlopen } = process.getBuiltinModule("bun:ffi");
    const { symbols } = dlopen(${JSON.stringify(libcPath)}, ${JSON.stringify(table)});
    const block = ({ name, fd, pollfds, milliseconds }) =>
      name === "epoll_wait"
        ? symbols.epoll_wait(fd, null, 1, milliseconds)
        : symbols.poll(pollfds, BigInt(pollfds.length / 2), milliseconds);
    self.onmessage = ({ data: { call, shared } }) => {
      const state = new Int32Array(shared);
      for (let now; (now = Atomics.load(state, 0)) !== ${closing};) {
        if (now === ${resting}) {
          Atomics.wait(state, 0, ${resting}, ${restMilliseconds});
        } else {
          const message = block(call) === -1 ? "failed" : "returned";
          const before = Atomics.compareExchange(state, 0, ${watching}, ${resting});
          if (before === ${watching}) postMessage(message);
        }
      }
      postMessage("closed");
    };
  `;
}

/** Throws unless `count` more descriptors can be opened. */
function requireDescriptors(count: number): void {
  const stack = new DisposableStack();
  try {
    for (let n = 0; n < count; n++) stack.use(new EventFd());
  } finally {
    stack.dispose();
  }
}

export class BunThreadDoorbell implements Doorbell {
  readonly name = "thread";
  readonly #call: BlockingCall;
  readonly #listener: DoorbellListener;
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  #worker: BunWorker | undefined;
  #workerGone: PromiseWithResolvers<void> | undefined;

  /** Takes over `call`. */
  constructor(call: BlockingCall, listener: DoorbellListener) {
    this.#call = call;
    this.#listener = listener;
  }

  arm(ref: boolean): void {
    this.#call.prepare();
    this.#worker ??= this.#startWorker();
    this.setRef(ref);
    this.#call.interrupt.drain();
    Atomics.store(this.#state, 0, watching);
    Atomics.notify(this.#state, 0);
  }

  setRef(ref: boolean): void {
    if (ref) this.#worker?.ref();
    else this.#worker?.unref();
  }

  disarm(): void {
    this.setRef(false);
    this.#stopWatching();
  }

  isInternal(fd: number): boolean {
    return this.#call.isInternal(fd);
  }

  async close(): Promise<void> {
    if (this.#worker !== undefined) {
      Atomics.store(this.#state, 0, closing);
      Atomics.notify(this.#state, 0);
      interruptForGood(this.#call);
      this.#worker.ref();
      await this.#workerGone?.promise;
    }
    this.#call[Symbol.dispose]();
  }

  /** The Worker must not stay blocked, or it might take an exclusive wakeup from another process. */
  #stopWatching(): void {
    const before = Atomics.compareExchange(this.#state, 0, watching, resting);
    if (before === watching) this.#call.interrupt.signal();
  }

  #startWorker(): BunWorker {
    requireDescriptors(workerDescriptors);
    const source = new Blob([workerSource(libc().path)], { type: "text/javascript" });
    const url = URL.createObjectURL(source);
    const worker = new Worker(url, { smol: true, ref: false });
    const gone = this.#workerGone = Promise.withResolvers<void>();
    worker.addEventListener("message", (event) => {
      const message = (event as MessageEvent<Message>).data;
      if (message === "closed") worker.terminate();
      else this.#onReturn(message);
    });
    let reason = "it ended";
    worker.addEventListener("error", (event) => {
      if ("message" in event) reason = String(event.message);
      worker.terminate();
    });
    worker.addEventListener("close", () => {
      this.#worker = undefined;
      URL.revokeObjectURL(url);
      gone.resolve();
      if (Atomics.load(this.#state, 0) === closing) return;
      this.#listener.onFailure(new Error(`The doorbell's Worker failed: ${reason}`));
    });
    worker.postMessage({ call: this.#call.arguments, shared: this.#state.buffer });
    return worker;
  }

  #onReturn(message: "returned" | "failed"): void {
    try {
      // A message may be about a call that was given up. Then the Worker watches again by now.
      this.#stopWatching();
      if (message === "failed") this.#call.check();
    } catch (error) {
      return this.#listener.onFailure(error);
    }
    this.#listener.onReady();
  }
}
