/**
 * The thread doorbell on runtimes whose FFI has no asynchronous calls: a Worker that blocks.
 *
 * Between two calls the Worker sleeps in `Atomics.wait` rather than in its event loop, so that
 * arming is one futex call instead of a message.
 *
 * The Worker's source is inline, because it must be found from a package, in a bundle and in a
 * compiled executable alike.
 */

import { requireDescriptors } from "../sys/fd_limit.ts";
import type { Doorbell, DoorbellListener } from "./doorbell.ts";
import { type BlockingCall, interruptForGood } from "./poll_call.ts";

/** Values of the shared word. */
const resting = 0;
const watching = 1;
const closing = 2;

/** How long the Worker rests in one call. */
const restMilliseconds = 30_000;

/** Reports of the Worker: a call has returned, it has failed, or the Worker has left its loop. */
type Message = "returned" | "failed" | "closed";

/** A running Worker. */
export interface BlockingWorker {
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
  terminate(): void;
}

/** The code that a Worker notifies. */
export interface BlockingWorkerListener {
  onMessage(message: unknown): void;
  /** The Worker has ended, because of `reason` unless it left its loop. */
  onEnd(reason: string): void;
  /** The process is about to end, and waits for the Worker. */
  onExit(): void;
  /** The process doesn't end after all. */
  onExitCancelled(): void;
}

/** How a runtime's Workers differ. */
export interface WorkerKind {
  /** Descriptors that the runtime opens for a Worker. If it can't, it ends the process. */
  readonly descriptors: number;
  /**
   * Returns the source that defines, in the Worker, `functions` with `poll` and `epoll_wait`,
   * `onFirstMessage(listener)` and `post(message)`.
   */
  createPrologue(): string;
  /** Starts a Worker, which doesn't keep the process alive. */
  start(source: string, listener: BlockingWorkerListener): BlockingWorker;
}

const loopSource = `
  const block = ({ name, fd, pollfds, milliseconds }) =>
    name === "epoll_wait"
      ? functions.epoll_wait(fd, null, 1, milliseconds)
      : functions.poll(pollfds, BigInt(pollfds.length / 2), milliseconds);
  onFirstMessage(({ call, shared }) => {
    const state = new Int32Array(shared);
    for (let now; (now = Atomics.load(state, 0)) !== ${closing};) {
      if (now === ${resting}) {
        Atomics.wait(state, 0, ${resting}, ${restMilliseconds});
      } else {
        const message = block(call) === -1 ? "failed" : "returned";
        const before = Atomics.compareExchange(state, 0, ${watching}, ${resting});
        if (before === ${watching}) post(message);
      }
    }
    post("closed");
  });
`;

export class WorkerThreadDoorbell implements Doorbell {
  readonly #kind: WorkerKind;
  readonly #call: BlockingCall;
  readonly #listener: DoorbellListener;
  readonly #state = new Int32Array(new SharedArrayBuffer(4));
  /** Whether the process is about to end. The Worker doesn't block then. */
  #isExiting = false;
  #worker: BlockingWorker | undefined;
  #workerGone: PromiseWithResolvers<void> | undefined;

  /** Takes over `call`. */
  constructor(kind: WorkerKind, call: BlockingCall, listener: DoorbellListener) {
    this.#kind = kind;
    this.#call = call;
    this.#listener = listener;
  }

  arm(ref: boolean): void {
    // A listener of the process's end may begin a wait.
    if (this.#isExiting) return;
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
      this.#leaveLoop();
      this.#worker.ref();
      await this.#workerGone?.promise;
    }
    this.#call[Symbol.dispose]();
  }

  get #isClosing(): boolean {
    return Atomics.load(this.#state, 0) === closing;
  }

  #leaveLoop(): void {
    Atomics.store(this.#state, 0, closing);
    Atomics.notify(this.#state, 0);
    interruptForGood(this.#call);
  }

  /**
   * The Worker must not stay blocked, or it might take an exclusive wakeup from another process.
   */
  #stopWatching(): void {
    const before = Atomics.compareExchange(this.#state, 0, watching, resting);
    if (before === watching) this.#call.interrupt.signal();
  }

  #startWorker(): BlockingWorker {
    requireDescriptors(this.#kind.descriptors);
    const gone = this.#workerGone = Promise.withResolvers<void>();
    const worker = this.#kind.start(this.#kind.createPrologue() + loopSource, {
      onMessage: (message) => {
        if (message === "closed") worker.terminate();
        else this.#onReturn(message as Message);
      },
      onEnd: (reason) => {
        this.#worker = undefined;
        gone.resolve();
        if (this.#isClosing) return;
        this.#listener.onFailure(new Error(`The doorbell's Worker failed: ${reason}`));
      },
      onExit: () => {
        this.#isExiting = true;
        this.#stopWatching();
      },
      onExitCancelled: () => {
        this.#isExiting = false;
        this.#listener.onReady();
      },
    });
    worker.postMessage({ call: this.#call.arguments, shared: this.#state.buffer });
    return worker;
  }

  #onReturn(message: Message): void {
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
