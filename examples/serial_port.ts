/**
 * A serial port: sets raw mode and a speed, sends each given text as a line, and prints the lines
 * that arrive, until the port hangs up or the program is interrupted.
 *
 *     deno run --allow-ffi examples/serial_port.ts /dev/ttyUSB0 115200 ATI
 *     bun examples/serial_port.ts /dev/ttyUSB0 115200 ATI
 *     node examples/serial_port.ts /dev/ttyUSB0 115200 ATI
 */

import { FdStream } from "@fdready/fdready";
import {
  CLOCAL,
  close,
  CREAD,
  makeRaw,
  O_NOCTTY,
  O_RDWR,
  open,
  tcgetattr,
  tcsetattr,
} from "@fdready/fdready/os";
import { readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/serial_port.ts [device] [baud] [lines...]
bun examples/serial_port.ts [device] [baud] [lines...]
node examples/serial_port.ts [device] [baud] [lines...]

Sends the lines to a serial port, by default /dev/ttyUSB0 at 9600 baud, and prints those that come.
`;

/** Opens a serial port in raw mode, at any speed that the device supports. */
export function openSerialPort(path: string, baud: number): FdStream {
  const fd = open(path, O_RDWR | O_NOCTTY);
  try {
    const raw = makeRaw(tcgetattr(fd));
    // Enable the receiver, and ignore modem control lines.
    const cflag = raw.cflag | CREAD | CLOCAL;
    tcsetattr(fd, { ...raw, cflag, ispeed: baud, ospeed: baud });
    return new FdStream(fd);
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** Yields the lines that arrive, as UTF-8, with any kind of line end. */
export async function* readLines(port: FdStream): AsyncGenerator<string> {
  let rest = "";
  for await (const text of port.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  if (rest !== "") yield rest;
}

if (import.meta.main) {
  const { positionals } = readCommandLine(usage, {}, { most: Infinity });
  const [path = "/dev/ttyUSB0", baud = "9600", ...lines] = positionals;
  using port = openSerialPort(path, readInteger("the speed", baud, 1));
  // Not awaited before reading, because a device may stop listening until its data is read.
  const sent = port.writeAll(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")));
  for await (const line of readLines(port)) console.log(line);
  await sent;
}
