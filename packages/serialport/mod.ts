/**
 * Serial ports for Deno, Bun and Node on Linux, with the API of npm's `serialport`, but without a
 * native addon.
 *
 * @example Read lines from the first port
 * ```ts
 * import { ReadlineParser, SerialPort } from "@fdready/serialport";
 *
 * const [first] = await SerialPort.list();
 * if (first !== undefined) {
 *   const port = new SerialPort({ path: first.path, baudRate: 115200, autoOpen: false });
 *   port.pipe(new ReadlineParser()).on("data", console.log);
 * }
 * ```
 *
 * @module
 */

export * from "@serialport/parser-byte-length";
export * from "@serialport/parser-cctalk";
export * from "@serialport/parser-delimiter";
export * from "@serialport/parser-inter-byte-timeout";
export * from "@serialport/parser-packet-length";
export * from "@serialport/parser-readline";
export * from "@serialport/parser-ready";
export * from "@serialport/parser-regex";
export * from "@serialport/parser-slip-encoder";
export * from "@serialport/parser-spacepacket";
export {
  autoDetect,
  type AutoDetectTypes,
  binding,
  LinuxBinding,
  type LinuxBindingInterface,
} from "./src/binding.ts";
export { BindingsError, PortError, type PortErrorDetails } from "./src/errors.ts";
export { LinuxPortBinding, type Waits } from "./src/port.ts";
export { SerialPort, type SerialPortOpenOptions } from "./src/serial_port.ts";

export type * from "./src/types.ts";
export type { Settings } from "./src/settings.ts";
