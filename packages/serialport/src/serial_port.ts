/** The class that programs use. */

import { type ErrorCallback, SerialPortStream } from "@serialport/stream";
import { type AutoDetectTypes, binding, type LinuxBindingInterface } from "./binding.ts";
import type { LinuxOpenOptions, PortInfo } from "./types.ts";

/** What a {@linkcode SerialPort} is made with. */
export interface SerialPortOpenOptions extends LinuxOpenOptions {
  /** By which it is opened; this package's own unless told. */
  binding?: LinuxBindingInterface;
  /** Whether it is opened at once; true unless told. */
  autoOpen?: boolean;
  /** Whether its closing emits `end`; false unless told. */
  endOnClose?: boolean;
  /** The sizes of its buffers for reading and writing; 64 KB unless told. */
  highWaterMark?: number;
}

/**
 * A serial port, as a stream of Node's: that of npm's `serialport`, whose
 * [documentation](https://serialport.io/docs/api-serialport) holds here too.
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
   * Lists the ports that there are.
   *
   * @returns Each port's path, and what its USB device says.
   */
  static list: () => Promise<PortInfo[]> = binding.list;

  /** By which ports are found and opened. */
  static readonly binding: AutoDetectTypes = binding;

  /**
   * Opens the port, unless told otherwise.
   *
   * @param options The path, the speed and more.
   * @param openCallback Called once the port is open, or can't be opened. Without it, the port emits
   * `open` or `error`.
   * @throws {TypeError} If `options` has no path, or no number as its `baudRate`.
   */
  constructor(options: SerialPortOpenOptions, openCallback?: ErrorCallback) {
    super({ binding, ...options }, openCallback);
  }
}
