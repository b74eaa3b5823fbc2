/**
 * A serial port: sets raw mode and a speed, sends each given text as a line, and prints the lines
 * that arrive, until the port hangs up or the program is interrupted.
 *
 *     deno run --allow-ffi examples/serial_port.ts /dev/ttyUSB0 115200 ATI
 *     bun examples/serial_port.ts /dev/ttyUSB0 115200 ATI
 *
 * The speed is one that every C library has a number for, up to 38400, or with glibc any of the
 * usual ones.
 */

import { FdStream } from "@fdready/fdready";
import { close, O_NOCTTY, O_RDWR, open } from "@fdready/fdready/os";
import { readCommandLine, readInteger } from "./support/command_line.ts";
import { type Functions, openLibrary } from "./support/library.ts";

const usage = `
deno run --allow-ffi examples/serial_port.ts [device] [baud] [lines...]
bun examples/serial_port.ts [device] [baud] [lines...]

Sends the lines to a serial port, by default /dev/ttyUSB0 at 9600 baud, and prints those that come.
`;

const symbols = {
  // int tcgetattr(int fd, struct termios *termios_p)
  tcgetattr: { args: ["i32", "buffer"], returns: "i32" },
  // int tcsetattr(int fd, int optional_actions, const struct termios *termios_p)
  tcsetattr: { args: ["i32", "i32", "buffer"], returns: "i32" },
  // void cfmakeraw(struct termios *termios_p)
  cfmakeraw: { args: ["buffer"], returns: "void" },
  // int cfsetspeed(struct termios *termios_p, speed_t speed)
  cfsetspeed: { args: ["buffer", "u32"], returns: "i32" },
} as const;

/** Larger than any `struct termios`. It begins with c_iflag, c_oflag, c_cflag and c_lflag. */
const termiosLength = 128;
const controlFlags = 2;
const CREAD = 0o200;
const CLOCAL = 0o4000;
const TCSANOW = 0;

let library: Functions<typeof symbols> | undefined;

/**
 * Makes the terminal `fd` pass on bytes as they are, at `baud`.
 *
 * @throws {Error} If it isn't a terminal or doesn't know that speed.
 */
export function makeRaw(fd: number, baud: number): void {
  const c = library ??= openLibrary("libc.so.6", symbols);
  const flags = new Int32Array(termiosLength / 4);
  if (c.tcgetattr(fd, flags) !== 0) throw new Error(`fd ${fd} is no terminal`);
  c.cfmakeraw(flags);
  // Receive, and don't wait for a modem's carrier.
  flags[controlFlags]! |= CREAD | CLOCAL;
  // glibc takes the number of bits as well as a constant like B9600.
  if (c.cfsetspeed(flags, baud) !== 0) throw new RangeError(`No such speed: ${baud}`);
  if (c.tcsetattr(fd, TCSANOW, flags) !== 0) throw new Error(`fd ${fd} can't do ${baud} baud`);
}

/** Opens a serial port in raw mode. */
export function openSerialPort(path: string, baud: number): FdStream {
  const fd = open(path, O_RDWR | O_NOCTTY);
  try {
    makeRaw(fd, baud);
    return new FdStream(fd);
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** What comes, line by line, as UTF-8, whatever kind of line ends the device has. */
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
  // Not awaited before reading: a device that isn't read from may stop listening.
  const sent = port.writeAll(new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join("")));
  for await (const line of readLines(port)) console.log(line);
  await sent;
}
