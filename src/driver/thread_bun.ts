/**
 * The thread doorbell in Bun, whose FFI knows no asynchronous call: a Worker blocked in poll(2).
 *
 * As in Deno's, two descriptors are polled, the epoll descriptor and a bell. Between two watches the
 * Worker sleeps in `Atomics.wait` rather than in its event loop, so that arming is one futex call
 * instead of a message.
 *
 * The Worker's source is inline, since it must be found from a package, in a bundle and in a
 * compiled executable alike.
 */

import { libc } from "../ffi/libc.ts";
import { Wakeup } from "../wakeup/wakeup.ts";
import { type Doorbell, type DoorbellListener, watchMilliseconds } from "./doorbell.ts";

/** What the shared word says. */
const resting = 0;
const watching = 1;
const closing = 2;

/** As much of Bun's Worker as is used here, so that no runtime's type package is needed. */
interface BunWorker extends EventTarget {
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}
declare const Worker: new (url: string, options: { smol: boolean; ref: boolean }) => BunWorker;

function workerSource(libcPath: string): string {
  return `
    const { dlopen } = process.getBuiltinModule("bun:ffi");
    const { symbols } = dlopen(${JSON.stringify(libcPath)}, {
      poll: { args: ["ptr", "u64", "i32"], returns: "i32" },
    });
    self.onmessage = ({ data: { fd, bell, shared } }) => {
      const state = new Int32Array(shared);
      const pollfds = new Int32Array([fd, 1, bell, 1]);
      for (let now; (now = Atomics.load(state, 0)) !== ${closing};) {
        if (now === ${resting}) {
          Atomics.wait(state, 0, ${resting}, ${watchMilliseconds});
        } else if (symbols.poll(pollfds, 2n, ${watchMilliseconds}) !== 0) {
          Atomics.compareExchange(state, 0, ${watching}, ${resting});
          postMessage("ring");
        }
      }
      postMessage("closed");
    };
  `;
}

export class BunThreadDoorbell implements Doorbell {
  readonly name = "thread";
  readonly #fd: number;
  readonly #listener: DoorbellListener;
  readonly #bell = new Wakeup();
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  #worker: BunWorker | undefined;
  #workerGone: PromiseWithResolvers<void> | undefined;
  #armed = false;

  constructor(fd: number, listener: DoorbellListener) {
    this.#fd = fd;
    this.#listener = listener;
  }

  arm(): void {
    this.#armed = true;
    this.#worker ??= this.#startWorker();
    this.#worker.ref();
    this.#setState(watching);
  }

  disarm(): void {
    // The Worker may go on watching: that holds nothing, and the next arm() may find it there.
    this.#armed = false;
    this.#worker?.unref();
  }

  async close(): Promise<void> {
    this.#armed = false;
    if (this.#worker !== undefined) {
      this.#setState(closing);
      this.#bell.wake();
      this.#worker.ref();
      await this.#workerGone?.promise;
    }
    this.#bell.close();
  }

  #setState(state: number): void {
    Atomics.store(this.#state, 0, state);
    Atomics.notify(this.#state, 0);
  }

  #startWorker(): BunWorker {
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
    worker.postMessage({ fd: this.#fd, bell: this.#bell.fd, shared: this.#state.buffer });
    return worker;
  }

  #onRing(): void {
    if (!this.#armed) return;
    this.#armed = false;
    this.#worker?.unref();
    this.#listener.onRing();
  }
}
