/**
 * Serial ports for Deno, Bun and Node on Linux, with the API of npm's `serialport`, but without a
 * native addon.
 *
 * @example Read a line
 * ```ts
 * import { ReadlineParser, SerialPort } from "@fdready/serialport";
 * import { openpty, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { once } from "node:events";
 *
 * const { controller, name: path } = openpty(); // stands in for a device
 * const port = new SerialPort({ path, baudRate: 115200 });
 * const lines = port.pipe(new ReadlineParser());
 * port.on("open", () => write(controller, new TextEncoder().encode("21.5\n")));
 * assertEquals(await once(lines, "data"), ["21.5"]);
 * port.close();
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
