/** The class for programs. */

import { type ErrorCallback, SerialPortStream } from "@serialport/stream";
import { AsyncResource } from "node:async_hooks";
import { type AutoDetectTypes, binding, type LinuxBindingInterface } from "./binding.ts";
import type { LinuxOpenOptions, Optional, PortInfo } from "./types.ts";

/** The options of a {@linkcode SerialPort}. */
export interface SerialPortOpenOptions
  extends
    Pick<LinuxOpenOptions, "path" | "baudRate">,
    Optional<Omit<LinuxOpenOptions, "path" | "baudRate">> {
  /** The binding that opens the port. The default is this package's own. */
  binding?: LinuxBindingInterface | undefined;
  /** Whether to open it at once (default: true). */
  autoOpen?: boolean | undefined;
  /** Whether closing it emits `end` (default: false). */
  endOnClose?: boolean | undefined;
  /** The size of each of its two buffers, for reading and for writing (default: 64 KB). */
  highWaterMark?: number | undefined;
}

/** Called when a chunk has been written, or with an error. */
type WriteCallback = (error: Error | null | undefined) => void;

/**
 * A serial port, as a Node stream. The [documentation of npm's
 * `serialport`](https://serialport.io/docs/api-serialport) applies here too.
 *
 * Callbacks run in the `AsyncLocalStorage` context of the call that they were passed to. Events of
 * received data run in the context that created the port.
 *
 * @example Read lines
 * ```ts
 * import { ReadlineParser, SerialPort } from "@fdready/serialport";
 * import { openpty, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const { controller, name } = openpty(); // or "/dev/ttyUSB0"
 * const port = new SerialPort({ path: name, baudRate: 115200 });
 * port.pipe(new ReadlineParser()).once("data", (line) => {
 *   assertEquals(line, "21.5 degrees");
 *   port.close();
 * });
 * port.on("open", () => write(controller, new TextEncoder().encode("21.5 degrees\n")));
 * await new Promise((resolve) => port.once("close", resolve));
 * ```
 */
export class SerialPort extends SerialPortStream<LinuxBindingInterface> {
  /**
   * Lists the ports.
   *
   * @returns Each port's path, and the description of its USB device.
   */
  static list: () => Promise<PortInfo[]> = binding.list;

  /** The binding that finds and opens ports. */
  static readonly binding: AutoDetectTypes = binding;

  readonly #context = new AsyncResource("SerialPort");

  /**
   * Opens the port, unless `autoOpen` is false.
   *
   * @param options The path, the speed and other options.
   * @param openCallback Called once the port is open, or with an error. Without it, the port emits
   * `open` or `error`.
   * @throws {TypeError} If `options` has no path, or its `baudRate` isn't a number.
   */
  constructor(options: SerialPortOpenOptions, openCallback?: ErrorCallback) {
    super({ binding, ...withoutUndefined(options) }, openCallback);
  }

  /**
   * Writes bytes, or queues them until the port is open.
   *
   * @param chunk The bytes: a buffer, a string or an array of numbers.
   * @param encoding The encoding of a string (default: UTF-8).
   * @param callback Called once the kernel has accepted the bytes, or with an error.
   * @returns `false` if you should wait for `drain` before you write more.
   */
  override write(chunk: unknown, encoding?: BufferEncoding, callback?: WriteCallback): boolean;
  /**
   * Writes bytes, or queues them until the port is open.
   *
   * @param chunk The bytes: a buffer, a string or an array of numbers.
   * @param callback Called once the kernel has accepted the bytes, or with an error.
   * @returns `false` if you should wait for `drain` before you write more.
   */
  override write(chunk: unknown, callback?: WriteCallback): boolean;
  override write(
    chunk: unknown,
    encoding?: BufferEncoding | WriteCallback,
    callback?: WriteCallback,
  ): boolean {
    if (typeof encoding === "function") return this.write(chunk, undefined, encoding);
    return super.write(chunk, encoding, bindContext(callback));
  }

  /**
   * Waits until all output has been sent.
   *
   * @param callback Called then, or with an error.
   */
  override drain(callback?: ErrorCallback): void {
    super.drain(bindContext(callback));
  }

  /**
   * For the stream alone.
   *
   * @param size The number of bytes that fit into its buffer.
   */
  override _read(size: number): void {
    // A read is pending most of the time, begun by the first reader, whoever that was.
    this.#context.runInAsyncScope(super._read, this, size);
  }
}

/** Makes `callback` run in the current context. The stream may call it in another writer's. */
// deno-lint-ignore no-explicit-any -- any callback
function bindContext<F extends (...args: any[]) => void>(callback: F | undefined): F | undefined {
  if (typeof callback !== "function") return callback;
  // AsyncResource.bind() takes 2 µs more in Deno, and 40 in Node.
  const context = new AsyncResource("SerialPortCallback");
  const bound = function (this: unknown, ...args: unknown[]): void {
    context.runInAsyncScope(callback, this, ...args);
  };
  return bound as F;
}

function withoutUndefined<T extends object>(options: T): T {
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}
