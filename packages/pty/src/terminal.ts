/** What all terminals have in common: events, flow control and the stream behind them. */

import type { Buffer } from "node:buffer";
import type { Writable } from "node:stream";
import { Emitter } from "./events.ts";
import { checkOptions, checkType } from "./options.ts";
import type { PtyStream } from "./stream.ts";
import type { IEvent, IExitEvent, IPtyForkOptions, Listener } from "./types.ts";

/**
 * The base of {@linkcode UnixTerminal}, for `instanceof` and for types.
 *
 * @example Recognize a terminal
 * ```ts
 * import { assert } from "@std/assert";
 * import { spawn, Terminal } from "@fdready/pty";
 *
 * const pty = spawn("true");
 * assert(pty instanceof Terminal);
 * await pty.exited;
 * ```
 */
export abstract class Terminal {
  /** Whether {@linkcode Terminal.write} treats two messages as pause and resume. */
  handleFlowControl: boolean;
  /** The message that pauses. */
  protected readonly _flowControlPause: string;
  /** The message that resumes. */
  protected readonly _flowControlResume: string;
  /** The stream of the controller. */
  protected _socket!: PtyStream;
  readonly #onData = new Emitter<string>();
  readonly #onExit = new Emitter<IExitEvent>();

  /** Checks the options. */
  constructor(options: IPtyForkOptions = {}) {
    checkOptions(options);
    this.handleFlowControl = !!options.handleFlowControl;
    this._flowControlPause = options.flowControlPause || "\x13";
    this._flowControlResume = options.flowControlResume || "\x11";
  }

  /** Adds a listener for the program's output. With the encoding `null` it gets Buffers. */
  get onData(): IEvent<string> {
    return this.#onData.event;
  }

  /** Adds a listener for the end of the program, after all its output. */
  get onExit(): IEvent<IExitEvent> {
    return this.#onExit.event;
  }

  /**
   * Writes without flow control.
   *
   * @param data The text or bytes.
   */
  protected abstract _write(data: string | Buffer): void;

  /**
   * Writes to the terminal, as if it were typed. After the end of the program it does nothing.
   *
   * @param data The text or bytes.
   */
  write(data: string | Buffer): void {
    if (this.handleFlowControl) {
      if (data === this._flowControlPause) return void this.pause();
      if (data === this._flowControlResume) return void this.resume();
    }
    this._write(data);
  }

  /** Calls the listeners of {@linkcode Terminal.onData} and {@linkcode Terminal.onExit}. */
  protected _forwardEvents(): void {
    this.on("data", (data) => this.#onData.fire(data));
    this.on("exit", (exitCode, signal) => this.#onExit.fire({ exitCode, signal }));
  }

  /**
   * Throws unless `value` is `undefined` or of the type.
   *
   * @param name The option's name.
   * @param value The option's value.
   * @param type The type, as `typeof` returns it.
   * @param allowArray Whether an array of that type is allowed, too.
   * @throws {Error} If the value has another type.
   */
  protected _checkType<T>(
    name: string,
    value: T | undefined,
    type: string,
    allowArray: boolean = false,
  ): void {
    checkType(name, value, type, allowArray);
  }

  /**
   * Writes to the terminal for the last time. The program still runs.
   *
   * @param data The text or bytes, if any.
   */
  end(data?: string | Buffer): void {
    if (data !== undefined) this.write(data);
  }

  /**
   * Pipes the output into another stream.
   *
   * @param destination The stream to write to.
   * @param options Whether the end of the output ends that stream, too. It does by default.
   * @returns The destination.
   */
  pipe<T extends Writable>(destination: T, options?: { end?: boolean }): T {
    return this._socket.pipe(destination, options);
  }

  /**
   * Stops reading the output. The program blocks once the terminal is full.
   *
   * @returns The stream of the terminal.
   */
  pause(): PtyStream {
    return this._socket.pause();
  }

  /**
   * Reads the output again.
   *
   * @returns The stream of the terminal.
   */
  resume(): PtyStream {
    return this._socket.resume();
  }

  /**
   * Sets the encoding of data events.
   *
   * @param encoding The encoding, or `null` for Buffers.
   */
  setEncoding(encoding: string | null): void {
    if (encoding) this._socket.setEncoding(encoding as BufferEncoding);
    else this._socket.clearEncoding();
  }

  /**
   * Adds a listener, like {@linkcode Terminal.on}.
   *
   * @param name The event.
   * @param listener The function to call.
   */
  addListener(name: string, listener: Listener): void {
    this.on(name, listener);
  }

  /**
   * Adds a listener for `"data"`, `"exit"`, `"close"`, `"error"` and other events of the stream.
   *
   * @param name The event.
   * @param listener The function to call.
   */
  on(name: string, listener: Listener): void {
    this._socket.on(name, listener);
  }

  /**
   * Adds a listener for the next event of that name.
   *
   * @param name The event.
   * @param listener The function to call.
   */
  once(name: string, listener: Listener): void {
    this._socket.once(name, listener);
  }

  /**
   * Calls the listeners of an event.
   *
   * @param name The event.
   * @param args The arguments of the listeners.
   * @returns Whether the event has listeners.
   */
  // deno-lint-ignore no-explicit-any -- as in node-pty, for any event
  emit(name: string, ...args: any[]): boolean {
    return this._socket.emit(name, ...args);
  }

  /**
   * Returns the listeners of an event.
   *
   * @param name The event.
   * @returns The listeners, in the order of their calls.
   */
  // deno-lint-ignore ban-types -- as in Node's types
  listeners(name: string): Function[] {
    return this._socket.listeners(name);
  }

  /**
   * Removes a listener.
   *
   * @param name The event.
   * @param listener The function that was added.
   */
  removeListener(name: string, listener: Listener): void {
    this._socket.removeListener(name, listener);
  }

  /**
   * Removes all listeners of an event.
   *
   * @param name The event.
   */
  removeAllListeners(name: string): void {
    this._socket.removeAllListeners(name);
  }

  /**
   * Changes the size.
   *
   * @param cols The number of columns.
   * @param rows The number of rows.
   */
  abstract resize(cols: number, rows: number): void;
  /** Does nothing on Linux. */
  abstract clear(): void;
  /** Closes the terminal, and ends the program. */
  abstract destroy(): void;
  /**
   * Sends a signal to the program.
   *
   * @param signal The signal's name. The default is `"SIGHUP"`.
   */
  abstract kill(signal?: string): void;
  /** The name of the program in the foreground. */
  abstract get process(): string;
  /** The controller of a terminal from {@linkcode open}. */
  abstract get master(): PtyStream | undefined;
  /** The other end of a terminal from {@linkcode open}. */
  abstract get slave(): PtyStream | undefined;
}
