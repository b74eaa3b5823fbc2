/**
 * A line-oriented device at the end of a serial line, which is a pseudo-terminal. Prints the path of
 * the line's other end, and answers what comes until it is killed.
 */

import { FdStream } from "../../mod.ts";
import { openpty } from "../../src/os/mod.ts";
import { openLibrary } from "../../examples/support/library.ts";

const termios = openLibrary("libc.so.6", {
  // int tcgetattr(int fd, struct termios *termios_p)
  tcgetattr: { args: ["i32", "buffer"], returns: "i32" },
  // speed_t cfgetospeed(const struct termios *termios_p)
  cfgetospeed: { args: ["buffer"], returns: "u32" },
});

// The terminal's end stays open here, or the line would hang up whenever nobody else has it open.
const { controller, terminal, name } = openpty();
const line = new FdStream(controller);

const commands: Record<string, (argument: Uint8Array) => string[]> = {
  ID: () => ["ACME 1"],
  SPEED() {
    const settings = new Int32Array(32);
    termios.tcgetattr(terminal, settings);
    return [String(termios.cfgetospeed(settings))];
  },
  HEX: (argument) => [argument.toHex()],
  COUNT(argument) {
    const count = Number(new TextDecoder().decode(argument));
    return Array.from({ length: count }, (_, index) => `line ${index}`);
  },
};

async function answer(request: Uint8Array): Promise<void> {
  const space = request.indexOf(32);
  const command = request.subarray(0, space === -1 ? undefined : space);
  const argument = request.subarray(space === -1 ? request.length : space + 1);
  const respond = commands[new TextDecoder().decode(command).trim()];
  const lines = respond === undefined ? ["ERROR"] : respond(argument);
  await line.writeAll(new TextEncoder().encode(lines.map((text) => `${text}\r\n`).join("")));
}

console.log(`ready at ${name};`);
const buffer = new Uint8Array(4096);
let length = 0;
for (;;) {
  length += (await line.read(buffer.subarray(length)))!;
  for (let end; (end = buffer.subarray(0, length).indexOf(10)) !== -1;) {
    const request = buffer.slice(0, end);
    buffer.copyWithin(0, end + 1, length);
    length -= end + 1;
    await answer(request);
  }
}
