/**
 * A line-oriented device at the end of a serial line, which is a pseudo-terminal. Prints the path
 * of the line's other end, and answers until it is killed.
 */

import { FdStream } from "../../mod.ts";
import { openpty, tcgetattr } from "../../src/os/mod.ts";

// This keeps the terminal open. Otherwise the line would hang up when no other program has it open.
const { controller, terminal, name } = openpty();
const line = new FdStream(controller);

const commands: Record<string, (argument: Uint8Array) => string[]> = {
  ID: () => ["ACME 1"],
  SPEED: () => [String(tcgetattr(terminal).ospeed)],
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
