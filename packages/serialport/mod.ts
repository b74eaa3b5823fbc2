/**
 * Serial ports for Deno and Bun on Linux: npm's `serialport`, on fdready instead of a native addon.
 *
 * @example
 * ```ts
 * import { ReadlineParser } from "@fdready/serialport";
 *
 * const lines = new ReadlineParser();
 * lines.on("data", (line) => console.log(line)); // hello
 * lines.write("hello\n");
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
export { BindingsError } from "./src/errors.ts";
