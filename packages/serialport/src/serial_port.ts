/** The class that programs use. */

import { type ErrorCallback, SerialPortStream } from "@serialport/stream";
import { type AutoDetectTypes, binding, type LinuxBindingInterface } from "./binding.ts";
import type { LinuxOpenOptions, PortInfo } from "./types.ts";

/** The options of a {@linkcode SerialPort}. */
export interface SerialPortOpenOptions extends LinuxOpenOptions {
  /** The binding that opens it. The default is that of this package. */
  binding?: LinuxBindingInterface;
  /** Whether to open it at once (default: true). */
  autoOpen?: boolean;
  /** Whether closing it emits `end` (default: false). */
  endOnClose?: boolean;
  /** The size of each of its two buffers, for reading and for writing (default: 64 KB). */
  highWaterMark?: number;
}

/**
 * A serial port, as a Node stream. The [documentation of npm's
 * `serialport`](https://serialport.io/docs/api-serialport) applies here too.
 *
 * @example
 * ```ts
 * import { ReadlineParser, SerialPort } from "@fdready/serialport";
 * import { openpty, write } from "@fdready/fdready/os";
 *
 * const { controller, name } = openpty(); // or "/dev/ttyUSB0"
 * const port = new SerialPort({ path: name, baudRate: 115200 });
 * port.pipe(new ReadlineParser()).once("data", (line) => {
 *   console.log(line); // 21.5 degrees
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
   * @returns Each port's path, and what its USB device says about itself.
   */
  static list: () => Promise<PortInfo[]> = binding.list;

  /** The binding that finds and opens ports. */
  static readonly binding: AutoDetectTypes = binding;

  /**
   * Opens the port, unless `autoOpen` is false.
   *
   * @param options The path, the speed and more.
   * @param openCallback Called once the port is open, or can't be opened. Without it, the port emits
   * `open` or `error`.
   * @throws {TypeError} If `options` has no path, or its `baudRate` isn't a number.
   */
  constructor(options: SerialPortOpenOptions, openCallback?: ErrorCallback) {
    super({ binding, ...options }, openCallback);
  }
}
