/** A program in a new terminal. */

import type { Child } from "./child.ts";
import { startInTerminal } from "./open_terminal.ts";
import { PtyTerminal } from "./pty_terminal.ts";
import type { PtyStream } from "./stream.ts";
import type { IExitEvent, IPtyForkOptions, IPtyOpenOptions } from "./types.ts";
import { OpenedTerminal } from "./opened_terminal.ts";
import { createReadable, createWritable } from "./web_streams.ts";

/** How long the output of other programs is still read after the program has ended, in ms. */
const outputAfterExit = 200;

/** How long a program has for the kernel's `SIGHUP` before it gets another one, in ms. */
const hangUpDelay = 100;

/** How long a program may still run after its terminal has hung up, in ms. */
const patience = 1000;

/**
 * A program in a terminal. {@linkcode spawn} makes it.
 *
 * @example Kill a program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { spawn, type UnixTerminal } from "@fdready/pty";
 *
 * const pty: UnixTerminal = spawn("sleep", ["60"]);
 * pty.kill("SIGKILL");
 * assertEquals((await pty.exited).signal, 9);
 * ```
 */
export class UnixTerminal extends PtyTerminal implements AsyncDisposable {
  readonly #child: Child;
  readonly #signal: AbortSignal | undefined;
  #readable: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #writable: WritableStream<ArrayBufferView> | undefined;

  /** Starts a program, see {@linkcode spawn}. */
  constructor(
    file?: string,
    args?: readonly string[] | string,
    options?: IPtyForkOptions,
  ) {
    const started = startInTerminal(file, args, options ?? {});
    super(options ?? {}, started.controller, started.name, started.file);
    this.#child = started.child;
    this._controller.programRuns = true;
    this.#signal = options?.signal;
    this.#signal?.addEventListener("abort", this.#hangUp, { once: true });
    this._forwardEvents();
    this.#child.exited.then((exit) => this.#onExited(exit), (error) => this._socket.destroy(error));
  }

  /**
   * Opens a terminal without a program, see {@linkcode open}.
   *
   * @param options The size and the encoding.
   * @returns The terminal, with both ends as streams.
   */
  static open(options?: IPtyOpenOptions): OpenedTerminal {
    return new OpenedTerminal(options);
  }

  /** The number of the process. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Resolves when the program has ended. Its output may still have to be read:
   * {@linkcode UnixTerminal.onExit} comes after that.
   */
  get exited(): Promise<IExitEvent> {
    return this.#child.exited;
  }

  /** `undefined`, as this terminal has a program. */
  get master(): PtyStream | undefined {
    return undefined;
  }

  /** `undefined`, as this terminal has a program. */
  get slave(): PtyStream | undefined {
    return undefined;
  }

  /**
   * The output as a web stream, in the place of data events, from which it takes over. The program
   * blocks until it is read. To have all output in it, use it before the first event, which means
   * before the first `await`. It ends when the terminal is closed.
   */
  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#readable === undefined) {
      const unread = this._socket.detachReader();
      this.#readable = createReadable(this._controller, unread, () => this._socket.destroy());
    }
    return this.#readable;
  }

  /** The input as a web stream. To end the input, write `"\x04"`. Closing the stream doesn't. */
  get writable(): WritableStream<ArrayBufferView> {
    return this.#writable ??= createWritable(this._controller);
  }

  /**
   * Sends a signal to the program. After its end it does nothing.
   *
   * @param signal The signal's name or number. The default is `"SIGHUP"`.
   * @throws {TypeError} If there is no signal of that name.
   */
  kill(signal: string | number = "SIGHUP"): void {
    this.#child.kill(signal);
  }

  /** Closes the terminal. The programs in it get `SIGHUP`. */
  destroy(): void {
    if (this._socket.destroyed) return;
    this._socket.destroy();
    // The kernel has sent it, unless the program has left its session. A shell that gets two of
    // them at once may end before it has passed on the first to its jobs.
    this.#killLater("SIGHUP", hangUpDelay);
  }

  /**
   * Closes the terminal, and resolves when the program has ended. It is killed if that takes a
   * second.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#hangUp();
    await this.exited;
  }

  readonly #hangUp = (): void => {
    this.destroy();
    this.#killLater("SIGKILL", patience);
  };

  #killLater(signal: string, milliseconds: number): void {
    const timer = setTimeout(() => this.kill(signal), milliseconds);
    this.exited.finally(() => clearTimeout(timer)).catch(() => {});
  }

  /** The exit event comes after all output. */
  #onExited({ exitCode, signal }: IExitEvent): void {
    this.#signal?.removeEventListener("abort", this.#hangUp);
    this._controller.programRuns = false;
    // Another program, such as a job in the background, may keep the terminal open.
    const timer = setTimeout(() => this._controller.finish(), outputAfterExit);
    this._socket.afterClose(() => {
      clearTimeout(timer);
      this.emit("exit", exitCode, signal);
    });
  }
}
