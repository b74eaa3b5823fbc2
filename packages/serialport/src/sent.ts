/**
 * Waiting until everything is sent. No event tells of that, and tcdrain(3) blocks: but a port's speed
 * tells how long it takes.
 */

import { SystemError } from "@fdready/fdready";
import { ioctl, TIOCOUTQ } from "@fdready/fdready/os";
import { setTimeout } from "node:timers/promises";

/** Gets whether the device's own buffer is empty, where the driver can tell. asm-generic/ioctls.h */
const TIOCSERGETLSR = 0x5459;
const TIOCSER_TEMT = 1;

/** The most bits of a byte on the line: start, 8, parity and 2 to stop. */
const bitsPerByte = 12;

/** The shortest and the longest pause before the next look, in ms: others may flush the queue. */
const shortest = 1;
const longest = 50;

/** Resolves once `left`, asked now and then, is 0 bytes. Aborting `signal` rejects it with an AbortError. */
export async function untilSent(
  left: () => number,
  baudRate: number,
  signal?: AbortSignal,
): Promise<void> {
  for (let bytes; (bytes = left()) > 0;) {
    await setTimeout(pauseFor(bytes, baudRate), undefined, { signal });
  }
}

/** For how long to wait before the next look, in ms. */
export function pauseFor(bytes: number, baudRate: number): number {
  return Math.min(Math.max(bytes * bitsPerByte * 1000 / baudRate, shortest), longest);
}

/** How many bytes `fd` has still to send; 1 stands for what is left in the device. */
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
