/**
 * The thread doorbell in Bun, whose FFI knows no asynchronous call: a Worker that blocks.
 *
 * Between two watches the Worker sleeps in `Atomics.wait` rather than in its event loop, so that
 * arming is one futex call instead of a message.
 *
 * The Worker's source is inline, since it must be found from a package, in a bundle and in a
 * compiled executable alike.
 */

import { translateForBun } from "../ffi/bun.ts";
import { libc } from "../ffi/libc.ts";
import { coreSymbols, pollSymbols } from "../ffi/symbols.ts";
import { EventFd } from "../sys/eventfd.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { requireBell, type Watch } from "./watch.ts";

/** What the shared word says. */
const resting = 0;
const watching = 1;
const closing = 2;

/** For how long the Worker rests in one go. */
const restMilliseconds = 30_000;

/** Descriptors that Bun opens for a Worker. If it can't, it ends the process. */
const workerDescriptors = 2;

/** As much of Bun's Worker as is used here, so that no runtime's type package is needed. */
interface BunWorker extends EventTarget {
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}
declare const Worker: new (url: string, options: { smol: boolean; ref: boolean }) => BunWorker;

function workerSource(libcPath: string): string {
  const table = translateForBun({ ...pollSymbols, epoll_wait: coreSymbols.epoll_wait });
  return `
    const { dlopen } = process.getBuiltinModule("bun:ffi");
    const { symbols } = dlopen(${JSON.stringify(libcPath)}, ${JSON.stringify(table)});
    self.onmessage = ({ data: { call, shared } }) => {
      const state = new Int32Array(shared);
      for (let now; (now = Atomics.load(state, 0)) !== ${closing};) {
        if (now === ${resting}) {
          Atomics.wait(state, 0, ${resting}, ${restMilliseconds});
        } else {
          if (call.name === "epoll_wait") symbols.epoll_wait(call.fd, null, 1, call.milliseconds);
          else symbols.poll(call.pollfds, BigInt(call.pollfds.length / 2), call.milliseconds);
          const before = Atomics.compareExchange(state, 0, ${watching}, ${resting});
          if (before === ${watching}) postMessage("ring");
        }
      }
      postMessage("closed");
    };
  `;
}

/** Throws unless `count` more descriptors can be opened. */
function requireDescriptors(count: number): void {
  const opened = new DisposableStack();
  try {
    for (let n = 0; n < count; n++) opened.use(new EventFd());
  } finally {
    opened.dispose();
  }
}

export class BunThreadDoorbell implements Doorbell {
  readonly name = "thread";
  readonly #watch: Watch;
  readonly #listener: DoorbellListener;
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  #worker: BunWorker | undefined;
  #workerGone: PromiseWithResolvers<void> | undefined;
  #armed = false;

  /** `watch` belongs to the doorbell. */
  constructor(watch: Watch, listener: DoorbellListener) {
    this.#watch = watch;
    this.#listener = listener;
  }

  arm(held: boolean): void {
    this.#armed = true;
    try {
      requireBell(this.#watch);
      this.#worker ??= this.#startWorker();
      this.hold(held);
      this.#watch.bell.drain();
      Atomics.store(this.#state, 0, watching);
      Atomics.notify(this.#state, 0);
    } catch (error) {
      this.disarm();
      this.#listener.onFailure(error);
    }
  }

  hold(held: boolean): void {
    if (held) this.#worker?.ref();
    else this.#worker?.unref();
  }

  disarm(): void {
    this.#armed = false;
    this.#worker?.unref();
    // It must not go on blocking: what wakes it might have woken another process instead.
    const before = Atomics.compareExchange(this.#state, 0, watching, resting);
    if (before === watching) this.#wake();
  }

  isInternal(fd: number): boolean {
    return this.#watch.isInternal(fd);
  }

  async close(): Promise<void> {
    this.#armed = false;
    if (this.#worker !== undefined) {
      Atomics.store(this.#state, 0, closing);
      Atomics.notify(this.#state, 0);
      this.#wake();
      this.#worker.ref();
      await this.#workerGone?.promise;
    }
    this.#watch[Symbol.dispose]();
  }

  #wake(): void {
    try {
      this.#watch.bell.signal();
    } catch (error) {
      this.#listener.onFailure(error);
    }
  }

  #startWorker(): BunWorker {
    requireDescriptors(workerDescriptors);
    const source = new Blob([workerSource(libc().path)], { type: "text/javascript" });
    const url = URL.createObjectURL(source);
    const worker = new Worker(url, { smol: true, ref: false });
    const gone = this.#workerGone = Promise.withResolvers<void>();
    worker.addEventListener("message", (event) => {
      if ((event as MessageEvent).data === "ring") this.#onRing();
      else worker.terminate();
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
      if (!this.#armed) return;
      this.#armed = false;
      this.#listener.onFailure(new Error(`The doorbell's Worker failed: ${reason}`));
    });
    worker.postMessage({ call: this.#watch.call, shared: this.#state.buffer });
    return worker;
  }

  #onRing(): void {
    if (!this.#armed) return;
    // A ring may be an old one, for a watch that was given up: then the Worker watches again by now.
    this.disarm();
    this.#listener.onRing();
  }
}
