/** Settings of terminals and serial ports. */

import { toPlainBytes } from "../ffi/bytes.ts";
import { checkInteger, checkUnsignedFlags, type FdLike, inspectLine, toFd } from "../ffi/checks.ts";
import { callWithStruct } from "./ioctl.ts";
import {
  BRKINT,
  CS8,
  CSIZE,
  ECHO,
  ECHONL,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNBRK,
  IGNCR,
  INLCR,
  ISIG,
  ISTRIP,
  IXON,
  OPOST,
  PARENB,
  PARMRK,
  TCGETS2,
  TCSAFLUSH,
  TCSANOW,
  TCSETS2,
  VMIN,
  VTIME,
} from "./terminal_constants.ts";

/** struct termios2. ioctl_tty(2) */
export const termios2 = {
  iflag: 0,
  oflag: 4,
  cflag: 8,
  lflag: 12,
  line: 16,
  cc: 17,
  ispeed: 36,
  ospeed: 40,
  length: 44,
} as const;

const ccLength = 19;

/** The bits of `c_cflag` for the output speed. Those for the input speed are `IBSHIFT` higher. */
const CBAUD = 0o10017;
/** The code of any other speed, which is in a field of the struct. */
const BOTHER = 0o10000;
const IBSHIFT = 16;
const speedBits = CBAUD | (CBAUD << IBSHIFT);

/** The speeds in baud whose codes are `B0` to `B38400`, from 0, and `B57600` to `B4000000`. */
// deno-fmt-ignore
const [slowSpeeds, fastSpeeds] = [
  [0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19_200, 38_400],
  [
    57_600, 115_200, 230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000, 1_152_000, 1_500_000,
    2_000_000, 2_500_000, 3_000_000, 3_500_000, 4_000_000,
  ],
];

const maxSpeed = 0xffff_ffff;

/** A terminal's settings. */
export interface Termios {
  /** Input: `IXON`, `ICRNL` and others. */
  iflag: number;
  /** Output: `OPOST`, `ONLCR` and others. */
  oflag: number;
  /** Control: `CS8`, `PARENB` and others. The speeds have separate fields. */
  cflag: number;
  /** Local: `ICANON`, `ECHO` and others. */
  lflag: number;
  /** The line discipline; 0 for terminals. */
  line: number;
  /**
   * The 19 special characters, at the indexes `VINTR` and others, and the values of `VMIN` and
   * `VTIME`.
   */
  cc: Uint8Array;
  /** The input speed in baud, any that the device supports; 0 for the same as the output speed. */
  ispeed: number;
  /** The output speed in baud, any that the device supports; 0 hangs up. */
  ospeed: number;
}

/**
 * Returns a terminal's settings.
 *
 * @param target The terminal, as a number or an object with `fd` or `fileno()`.
 * @returns The settings, for {@linkcode tcsetattr}.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if it isn't a terminal.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Test whether a terminal echoes its input
 * ```ts
 * import { ECHO, openpty, tcgetattr } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const { lflag, ospeed } = tcgetattr(openpty().terminal);
 * assertEquals((lflag & ECHO) !== 0, true);
 * assertEquals(ospeed, 38400);
 * ```
 */
export function tcgetattr(target: FdLike): Termios {
  const memory = new DataView(new ArrayBuffer(termios2.length));
  callWithStruct(toFd(target), TCGETS2, memory);
  const word = (at: number) => memory.getUint32(at, true);
  return {
    iflag: word(termios2.iflag),
    oflag: word(termios2.oflag),
    cflag: (word(termios2.cflag) & ~speedBits) >>> 0,
    lflag: word(termios2.lflag),
    line: memory.getUint8(termios2.line),
    cc: new Uint8Array(memory.buffer.slice(termios2.cc, termios2.cc + ccLength)),
    ispeed: word(termios2.ispeed),
    ospeed: word(termios2.ospeed),
  };
}

/**
 * Changes a terminal's settings. The driver ignores those that the device doesn't support, and
 * {@linkcode tcgetattr} returns the result. `tcsetattr(fd, tcgetattr(fd))` changes nothing.
 *
 * {@linkcode TCSADRAIN} and {@linkcode TCSAFLUSH} block the event loop until the output is sent,
 * even if the open file is nonblocking. To keep it free, wait until {@linkcode tcdrain} returns
 * `true`.
 *
 * @param target The terminal, as a number or an object with `fd` or `fileno()`.
 * @param termios All the settings: those of {@linkcode tcgetattr}, with your changes.
 * @param when The time of the change: {@linkcode TCSANOW}, which is the default,
 * {@linkcode TCSADRAIN} or {@linkcode TCSAFLUSH}.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if it isn't a terminal.
 * @throws {TypeError} If `target` isn't a descriptor, a setting is missing, a setting or `when`
 * isn't an integer, or `cc` doesn't have 19 bytes.
 * @throws {RangeError} If a setting has more bits than its field, or `when` is none of the three.
 *
 * @example Set the speed
 * ```ts
 * import { openpty, tcgetattr, tcsetattr } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const { terminal } = openpty();
 * tcsetattr(terminal, { ...tcgetattr(terminal), ispeed: 12345, ospeed: 12345 });
 * assertEquals(tcgetattr(terminal).ospeed, 12345);
 * ```
 */
export function tcsetattr(target: FdLike, termios: Termios, when: number = TCSANOW): void {
  const fd = toFd(target);
  const memory = new DataView(new ArrayBuffer(termios2.length));
  const { iflag, oflag, cflag, lflag, line, cc, ispeed, ospeed } = copySettings(termios, setAdvice);
  memory.setUint32(termios2.iflag, iflag, true);
  memory.setUint32(termios2.oflag, oflag, true);
  memory.setUint32(termios2.cflag, withSpeeds(cflag, ispeed, ospeed), true);
  memory.setUint32(termios2.lflag, lflag, true);
  memory.setUint8(termios2.line, line);
  new Uint8Array(memory.buffer, termios2.cc, ccLength).set(cc);
  memory.setUint32(termios2.ispeed, ispeed, true);
  memory.setUint32(termios2.ospeed, ospeed, true);
  // The three requests have consecutive numbers.
  const request = TCSETS2 + checkInteger("argument when", when, TCSANOW, TCSAFLUSH);
  callWithStruct(fd, request, memory);
}

/**
 * Makes raw settings, as cfmakeraw(3) does. A terminal or serial port then passes all bytes through
 * unchanged: 8 bits without parity, no echo, no line editing, no signals.
 *
 * The speed stays the same. So does {@linkcode CREAD}, because nothing is received without it, and
 * {@linkcode CLOCAL}, because a serial port waits for a modem's carrier without it.
 *
 * @param termios The settings from {@linkcode tcgetattr}, which aren't changed.
 * @returns A raw copy.
 * @throws {TypeError} If a setting is missing or isn't an integer, or `cc` doesn't have 19 bytes.
 * @throws {RangeError} If a setting has more bits than its field.
 *
 * @example Pass a newline through a terminal
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { makeRaw, openpty, read, tcgetattr, tcsetattr, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const { controller, terminal } = openpty();
 * tcsetattr(terminal, makeRaw(tcgetattr(terminal)));
 * write(terminal, new TextEncoder().encode("\n"));
 * await waitReadable(controller);
 * assertEquals(read(controller, new Uint8Array(8)), 1); // without a carriage return
 * ```
 *
 * @example Set up a serial port at 115200 baud
 * ```ts
 * import { CLOCAL, CREAD, makeRaw, openpty, tcgetattr, tcsetattr } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const { terminal: port } = openpty(); // or open("/dev/ttyUSB0", O_RDWR | O_NOCTTY)
 * const raw = makeRaw(tcgetattr(port));
 * const cflag = raw.cflag | CREAD | CLOCAL;
 * tcsetattr(port, { ...raw, cflag, ispeed: 115200, ospeed: 115200 });
 * assertEquals(tcgetattr(port).ospeed, 115200);
 * ```
 */
export function makeRaw(termios: Termios): Termios {
  const settings = copySettings(termios, rawAdvice);
  const { iflag, oflag, cflag, lflag, cc } = settings;
  cc[VMIN] = 1;
  cc[VTIME] = 0;
  return {
    ...settings,
    iflag: without(iflag, IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON),
    oflag: without(oflag, OPOST),
    cflag: without(cflag, CSIZE | PARENB) + CS8,
    lflag: without(lflag, ECHO | ECHONL | ICANON | ISIG | IEXTEN),
  };
}

const setAdvice = "Pass all of them: tcsetattr(fd, { ...tcgetattr(fd), ospeed: 9600 })";
const rawAdvice = "Pass those of a terminal: makeRaw(tcgetattr(fd))";

/**
 * Returns a checked copy of `termios`. Throws a `TypeError` with `hint` if a setting is missing.
 */
function copySettings(termios: Termios, hint: string): Termios {
  if (typeof termios !== "object" || termios === null) {
    throw new TypeError(
      `Cannot use this as terminal settings: ${inspectLine(termios)}. ${hint}`,
    );
  }
  const { iflag, oflag, cflag, lflag, line, cc, ispeed, ospeed } = termios;
  const given = { iflag, oflag, cflag, lflag, line, cc, ispeed, ospeed };
  const missing = Object.entries(given)
    .filter(([, value]) => value === undefined)
    .map(([name]) => name);
  if (missing.length > 0) {
    throw new TypeError(`These settings are undefined: ${missing.join(", ")}. ${hint}`);
  }
  return {
    iflag: checkUnsignedFlags("iflag", iflag),
    oflag: checkUnsignedFlags("oflag", oflag),
    cflag: checkUnsignedFlags("cflag", cflag),
    lflag: checkUnsignedFlags("lflag", lflag),
    line: checkInteger("line", line, 0, 255),
    cc: copyCharacters(cc),
    ispeed: checkInteger("ispeed", ispeed, 0, maxSpeed),
    ospeed: checkInteger("ospeed", ospeed, 0, maxSpeed),
  };
}

/**
 * Returns `cflag` with the bits of both speeds. Other programs recognise a standard speed only from
 * its code. Their cfsetspeed(3) leaves the input bits alone, so those are 0 where the speeds are
 * equal: a speed that such a program sets then applies to both directions.
 */
function withSpeeds(cflag: number, ispeed: number, ospeed: number): number {
  const input = ispeed === ospeed ? 0 : speedCode(ispeed) << IBSHIFT;
  return (cflag & ~speedBits) | input | speedCode(ospeed);
}

/**
 * Returns the code of a speed in baud. That of 0 hangs up, or for the input means the output speed.
 */
export function speedCode(speed: number): number {
  const slow = slowSpeeds.indexOf(speed);
  if (slow !== -1) return slow;
  const fast = fastSpeeds.indexOf(speed);
  return fast === -1 ? BOTHER : BOTHER + 1 + fast;
}

function without(flags: number, bits: number): number {
  return (flags & ~bits) >>> 0;
}

function copyCharacters(cc: Uint8Array): Uint8Array {
  const bytes = toPlainBytes(cc);
  if (bytes.length === ccLength) return bytes.slice();
  throw new TypeError(`The setting cc must be ${ccLength} bytes long, got ${bytes.length}`);
}
