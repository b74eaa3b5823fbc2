/**
 * Waiting until all output has been sent. The kernel reports no event for that, and tcdrain(3)
 * blocks. So this code checks the output queue at intervals that depend on the port's speed.
 */

import { SystemError } from "@fdready/fdready";
import { ioctl, TIOCOUTQ } from "@fdready/fdready/os";
import { setTimeout } from "node:timers/promises";

/**
 * Asks whether the device's own buffer is empty. Not all drivers support it.
 * asm-generic/ioctls.h
 */
const TIOCSERGETLSR = 0x5459;
const TIOCSER_TEMT = 1;

/** The most bits that a byte occupies on the line: a start bit, 8 bits, parity and 2 stop bits. */
const bitsPerByte = 12;

/**
 * The shortest and the longest pause between two checks, in ms. The longest limits how late a
 * flush by another program is noticed.
 */
const shortest = 1;
const longest = 50;

/**
 * Calls `countUnsent` at intervals, and resolves once it returns 0 bytes. Rejects with an
 * AbortError if `signal` aborts.
 */
export async function untilSent(
  countUnsent: () => number,
  baudRate: number,
  signal?: AbortSignal,
): Promise<void> {
  const pauses = new Pauses(baudRate);
  for (let bytes; (bytes = countUnsent()) > 0;) {
    await setTimeout(pauses.next(bytes), undefined, { signal });
  }
}

/** The pauses between checks of one output queue. */
export class Pauses {
  readonly #baudRate: number;
  #bytes = Infinity;
  #pause = 0;

  /**
   * Creates the pauses.
   *
   * @param baudRate The port's speed.
   */
  constructor(baudRate: number) {
    this.#baudRate = baudRate;
  }

  /** The next pause in ms, while there are `bytes` left. It doubles while the line is stopped. */
  next(bytes: number): number {
    const pause = bytes < this.#bytes
      ? Math.max(bytes * bitsPerByte * 1000 / this.#baudRate, shortest)
      : 2 * this.#pause;
    this.#bytes = bytes;
    return this.#pause = Math.min(pause, longest);
  }
}

/** How many bytes `fd` still has to send; 1 if only the device's own buffer isn't empty. */
export function countUnsent(fd: number): number {
  const word = new Int32Array(1);
  ioctl(fd, TIOCOUTQ, word);
  return word[0]! > 0 ? word[0]! : isDeviceEmpty(fd, word) ? 0 : 1;
}

function isDeviceEmpty(fd: number, word: Int32Array): boolean {
  try {
    ioctl(fd, TIOCSERGETLSR, word);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // The driver doesn't support it.
    return true;
  }
  return (word[0]! & TIOCSER_TEMT) !== 0;
}
