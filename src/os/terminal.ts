/** Terminals, except their settings: windows, queues, breaks, the foreground. */

import { checkInteger, checkObject, type FdLike, toFd } from "../ffi/checks.ts";
import { SystemError } from "../ffi/errors.ts";
import { callWithStruct, ioctl } from "./ioctl.ts";
import {
  TCFLSH,
  TCIOFLUSH,
  TCSBRK,
  TIOCGPGRP,
  TIOCGWINSZ,
  TIOCOUTQ,
  TIOCSER_TEMT,
  TIOCSERGETLSR,
  TIOCSWINSZ,
} from "./terminal_constants.ts";

/** The size of a terminal's window. */
export interface WindowSize {
  /** The number of lines. */
  readonly rows: number;
  /** The number of characters in a line. */
  readonly columns: number;
  /** The width in pixels; 0 if it is unknown, as it usually is. */
  readonly pixelWidth: number;
  /** The height in pixels; 0 if it is unknown, as it usually is. */
  readonly pixelHeight: number;
}

/** A new size of a window. Without a size in pixels, that becomes unknown. */
export interface NewWindowSize extends Pick<WindowSize, "rows" | "columns"> {
  /** The width in pixels (default: 0, unknown). */
  readonly pixelWidth?: number | undefined;
  /** The height in pixels (default: 0, unknown). */
  readonly pixelHeight?: number | undefined;
}

/**
 * Returns the size of a terminal's window.
 *
 * @param target The terminal or its controller, as a number or an object with `fd` or `fileno()`.
 * @returns The size, which is 0 by 0 until a program sets it.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if it isn't a terminal.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Show the size of a window
 * ```ts
 * import { getWindowSize, openpty, setWindowSize } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const { controller, terminal } = openpty();
 * setWindowSize(controller, { rows: 24, columns: 80 });
 * const { rows, columns } = getWindowSize(terminal);
 * assertEquals([rows, columns], [24, 80]);
 * ```
 */
export function getWindowSize(target: FdLike): WindowSize {
  // struct winsize
  const size = new Uint16Array(4);
  callWithStruct(toFd(target), TIOCGWINSZ, size);
  const [rows = 0, columns = 0, pixelWidth = 0, pixelHeight = 0] = size;
  return { rows, columns, pixelWidth, pixelHeight };
}

/**
 * Sets the size of a terminal's window. If it changes, the programs in the foreground get the
 * signal SIGWINCH.
 *
 * @param target The terminal or its controller, as a number or an object with `fd` or `fileno()`.
 * @param size The new size.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if it isn't a terminal.
 * @throws {TypeError} If `target` isn't a descriptor, `size` isn't an object, or a size isn't an
 * integer.
 * @throws {RangeError} If a size is negative or above 65535.
 *
 * @example Set the size of a window
 * ```ts
 * import { getWindowSize, openpty, setWindowSize } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const { controller, terminal } = openpty();
 * setWindowSize(controller, { rows: 24, columns: 80 });
 * assertEquals(getWindowSize(terminal).columns, 80);
 * ```
 */
export function setWindowSize(target: FdLike, size: NewWindowSize): void {
  const fd = toFd(target);
  const { rows, columns, pixelWidth = 0, pixelHeight = 0 } = checkObject("size", size);
  const given = { rows, columns, pixelWidth, pixelHeight };
  const words = Object.entries(given).map(([name, value]) => checkInteger(name, value, 0, 65535));
  callWithStruct(fd, TIOCSWINSZ, new Uint16Array(words));
}

/**
 * Returns the foreground process group of a terminal, as tcgetpgrp(3) does.
 *
 * @param target The program's own terminal, or the controller of any pseudo-terminal, as a
 * number or an object with `fd` or `fileno()`.
 * @returns The process group; 0 if there is none in the foreground.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if it isn't a terminal, or isn't the program's own.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Test whether a program runs in a pseudo-terminal
 * ```ts
 * import { openpty, tcgetpgrp } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(tcgetpgrp(openpty().controller), 0);
 * ```
 */
export function tcgetpgrp(target: FdLike): number {
  const group = new Int32Array(1);
  callWithStruct(toFd(target), TIOCGPGRP, group);
  return group[0]!;
}

/**
 * Sends a break of a quarter of a second. On a serial port, that blocks the event loop for as long.
 * To keep it free, begin the break with {@linkcode TIOCSBRK}, and end it with {@linkcode TIOCCBRK}
 * after a delay. A pseudo-terminal has no breaks.
 *
 * @param target The terminal, as a number or an object with `fd` or `fileno()`.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if it isn't a terminal.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Send a break
 * ```ts
 * import { openpty, pipe, tcsendbreak } from "@fdready/fdready/os";
 * import { assertThrows } from "@std/assert";
 *
 * tcsendbreak(openpty().terminal);
 * assertThrows(() => tcsendbreak(pipe()[1]), Error, "ENOTTY");
 * ```
 *
 * @example Send a break without blocking
 * ```ts
 * import { ioctl, openpty, TIOCCBRK, TIOCSBRK } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { setTimeout } from "node:timers/promises";
 *
 * const { terminal: port } = openpty(); // or open("/dev/ttyUSB0", O_RDWR | O_NOCTTY)
 * assertEquals(ioctl(port, TIOCSBRK), 0);
 * await setTimeout(250);
 * assertEquals(ioctl(port, TIOCCBRK), 0);
 * ```
 */
export function tcsendbreak(target: FdLike): void {
  ioctl(target, TCSBRK, 0);
}

/**
 * Returns whether a terminal has sent all output. Unlike tcdrain(3), it doesn't block. No event
 * reports that all output is sent, so call it again after a delay.
 *
 * @param target The terminal, as a number or an object with `fd` or `fileno()`.
 * @returns Whether the kernel's queue and, if the driver reports it, the device's own buffer are
 * empty.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if it isn't a terminal.
 * @throws {TypeError} If `target` isn't a descriptor.
 *
 * @example Wait until all is sent
 * ```ts
 * import { openpty, read, tcdrain, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 * import { setTimeout } from "node:timers/promises";
 *
 * const { controller, terminal: port } = openpty(); // a port and its device
 * write(port, new TextEncoder().encode("hello"));
 * while (!tcdrain(port)) await setTimeout(10);
 * assertEquals(read(controller, new Uint8Array(64)), 5);
 * ```
 */
export function tcdrain(target: FdLike): boolean {
  const fd = toFd(target);
  const word = new Int32Array(1);
  callWithStruct(fd, TIOCOUTQ, word);
  if (word[0]! > 0) return false;
  try {
    callWithStruct(fd, TIOCSERGETLSR, word);
  } catch (error) {
    // Most drivers don't support it.
    if (error instanceof SystemError && ["ENOTTY", "EINVAL"].includes(error.code)) return true;
    throw error;
  }
  return (word[0]! & TIOCSER_TEMT) !== 0;
}

/**
 * Discards unread input, unsent output, or both.
 *
 * @param target The terminal, as a number or an object with `fd` or `fileno()`.
 * @param queue {@linkcode TCIFLUSH}, {@linkcode TCOFLUSH} or {@linkcode TCIOFLUSH}.
 * @throws {SystemError} As ioctl(2): `ENOTTY` if it isn't a terminal.
 * @throws {TypeError} If `target` isn't a descriptor, or `queue` isn't an integer.
 * @throws {RangeError} If `queue` is none of the three.
 *
 * @example Discard input
 * ```ts
 * import { waitReadable } from "@fdready/fdready";
 * import { openpty, read, TCIFLUSH, tcflush, write } from "@fdready/fdready/os";
 * import { assertEquals } from "@std/assert";
 *
 * const { controller, terminal } = openpty();
 * write(controller, new TextEncoder().encode("typed ahead\n"));
 * await waitReadable(terminal);
 * tcflush(terminal, TCIFLUSH);
 * assertEquals(read(terminal, new Uint8Array(64)), undefined); // it would block
 * ```
 */
export function tcflush(target: FdLike, queue: number): void {
  ioctl(target, TCFLSH, checkInteger("queue", queue, 0, TCIOFLUSH));
}
