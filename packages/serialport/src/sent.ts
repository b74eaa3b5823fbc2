/**
 * Waiting until everything is sent. No event reports that, and tcdrain(3) blocks, so the output
 * queue is looked at again after as long as the port's speed suggests.
 */

import { SystemError } from "@fdready/fdready";
import { ioctl, TIOCOUTQ } from "@fdready/fdready/os";
import { setTimeout } from "node:timers/promises";

/**
 * Asks whether the device's own buffer is empty, which not all drivers can tell.
 * asm-generic/ioctls.h
 */
const TIOCSERGETLSR = 0x5459;
const TIOCSER_TEMT = 1;

/** The most bits that a byte takes on the line: a start bit, 8 bits, parity and 2 stop bits. */
const bitsPerByte = 12;

/** The shortest and the longest pause before the next look, in ms: others may flush the queue. */
const shortest = 1;
const longest = 50;

/**
 * Calls `left` now and then, and resolves once it returns 0 bytes. Rejects with an AbortError if
 * `signal` aborts.
 */
export async function untilSent(
  left: () => number,
  baudRate: number,
  signal?: AbortSignal,
): Promise<void> {
  for (let bytes; (bytes = left()) > 0;) {
    await setTimeout(pauseFor(bytes, baudRate), undefined, { signal });
  }
}

/** How long to wait before the next look, in ms. */
export function pauseFor(bytes: number, baudRate: number): number {
  return Math.min(Math.max(bytes * bitsPerByte * 1000 / baudRate, shortest), longest);
}

/** How many bytes `fd` still has to send; 1 if only the device's own buffer isn't empty. */
export function unsent(fd: number): number {
  const word = new Int32Array(1);
  ioctl(fd, TIOCOUTQ, word);
  return word[0]! > 0 ? word[0]! : isDeviceEmpty(fd, word) ? 0 : 1;
}

function isDeviceEmpty(fd: number, word: Int32Array): boolean {
  try {
    ioctl(fd, TIOCSERGETLSR, word);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    // The driver can't tell.
    return true;
  }
  return (word[0]! & TIOCSER_TEMT) !== 0;
}
