/** The lines of a port, and its low latency mode. */

import {
  ioctl,
  TIOCCBRK,
  TIOCGSERIAL,
  TIOCM_CAR,
  TIOCM_CTS,
  TIOCM_DSR,
  TIOCM_DTR,
  TIOCM_RTS,
  TIOCMGET,
  TIOCMSET,
  TIOCSBRK,
  TIOCSSERIAL,
} from "@fdready/fdready/os";
import { attempt } from "./errors.ts";
import type { LinuxPortStatus, LinuxSetOptions } from "./types.ts";

/** struct serial_struct, linux/serial.h */
const serialStruct = { length: 72, flags: 16 } as const;
const ASYNC_LOW_LATENCY = 1 << 13;

/** Sets each line. Those that `options` leaves out are turned off. */
export function setLines(fd: number, path: string, options: LinuxSetOptions): void {
  const { brk, rts, cts, dtr, dsr, lowLatency = false } = options;
  attempt(path, (words) => `Error: ${words}, cannot set`, () => {
    let lines = linesIfTold(fd) & ~(TIOCM_RTS | TIOCM_CTS | TIOCM_DTR | TIOCM_DSR);
    if (rts) lines |= TIOCM_RTS;
    if (cts) lines |= TIOCM_CTS;
    if (dtr) lines |= TIOCM_DTR;
    if (dsr) lines |= TIOCM_DSR;
    ioctl(fd, brk ? TIOCSBRK : TIOCCBRK);
    ioctl(fd, TIOCMSET, new Int32Array([lines]));
  });
  setLowLatency(fd, path, lowLatency);
}

/** Returns the lines that the device sets. */
export function getLines(fd: number, path: string): LinuxPortStatus {
  const lines = attempt(path, (words) => `Error: ${words}, cannot get`, () => linesOf(fd));
  return {
    cts: (lines & TIOCM_CTS) !== 0,
    dsr: (lines & TIOCM_DSR) !== 0,
    dcd: (lines & TIOCM_CAR) !== 0,
    lowLatency: hasLowLatency(fd),
  };
}

/**
 * The lines, or none if the driver can't tell. Such a driver usually can't set lines either, and
 * setting them then fails.
 */
function linesIfTold(fd: number): number {
  try {
    return linesOf(fd);
  } catch {
    return 0;
  }
}

function linesOf(fd: number): number {
  const lines = new Int32Array(1);
  ioctl(fd, TIOCMGET, lines);
  return lines[0]!;
}

function setLowLatency(fd: number, path: string, on: boolean): void {
  // A driver without such a mode is never in it.
  if (!on && !hasLowLatency(fd)) return;
  const memory = new DataView(new ArrayBuffer(serialStruct.length));
  attempt(path, (words) => `Error: ${words}, cannot get low latency`, () => {
    ioctl(fd, TIOCGSERIAL, memory);
  });
  const flags = memory.getInt32(serialStruct.flags, true);
  const wanted = on ? flags | ASYNC_LOW_LATENCY : flags & ~ASYNC_LOW_LATENCY;
  if (wanted === flags) return;
  memory.setInt32(serialStruct.flags, wanted, true);
  attempt(path, (words) => `Error: ${words}, cannot set low latency`, () => {
    ioctl(fd, TIOCSSERIAL, memory);
  });
}

function hasLowLatency(fd: number): boolean {
  const memory = new DataView(new ArrayBuffer(serialStruct.length));
  try {
    ioctl(fd, TIOCGSERIAL, memory);
  } catch {
    return false;
  }
  return (memory.getInt32(serialStruct.flags, true) & ASYNC_LOW_LATENCY) !== 0;
}
