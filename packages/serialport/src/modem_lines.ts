/** The modem lines of a port, and its low latency mode. */

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
import { callFor } from "./errors.ts";
import type { LinuxPortStatus, LinuxSetOptions } from "./types.ts";

/** struct serial_struct, linux/serial.h */
const serialStruct = { length: 72, flags: 16 } as const;
const ASYNC_LOW_LATENCY = 1 << 13;

/**
 * Sets each line. Those that `options` leaves out are turned off. The calls that can fail on a
 * working device come first, so that a driver without them leaves everything as it was.
 */
export function setLines(fd: number, path: string, options: LinuxSetOptions): void {
  const { brk, rts, cts, dtr, dsr, lowLatency = false } = options;
  const serial = readSerialStruct(fd, path, lowLatency);
  callFor(path, (text) => `Error: ${text}, cannot set`, () => {
    let lines = readLinesIfSupported(fd) & ~(TIOCM_RTS | TIOCM_CTS | TIOCM_DTR | TIOCM_DSR);
    if (rts) lines |= TIOCM_RTS;
    if (cts) lines |= TIOCM_CTS;
    if (dtr) lines |= TIOCM_DTR;
    if (dsr) lines |= TIOCM_DSR;
    ioctl(fd, TIOCMSET, new Int32Array([lines]));
    ioctl(fd, brk ? TIOCSBRK : TIOCCBRK);
  });
  if (serial !== undefined) setLowLatency(fd, path, serial, lowLatency);
}

/** Returns the lines that the device sets. */
export function getLines(fd: number, path: string): LinuxPortStatus {
  const lines = callFor(path, (text) => `Error: ${text}, cannot get`, () => readLines(fd));
  return {
    cts: (lines & TIOCM_CTS) !== 0,
    dsr: (lines & TIOCM_DSR) !== 0,
    dcd: (lines & TIOCM_CAR) !== 0,
    lowLatency: hasLowLatency(fd),
  };
}

/**
 * The lines, or none if the driver doesn't report them. Such a driver usually can't set lines
 * either, and setting them then fails.
 */
function readLinesIfSupported(fd: number): number {
  try {
    return readLines(fd);
  } catch {
    return 0;
  }
}

function readLines(fd: number): number {
  const lines = new Int32Array(1);
  ioctl(fd, TIOCMGET, lines);
  return lines[0]!;
}

/** The driver's settings; undefined if the driver has no such mode and none is needed. */
function readSerialStruct(fd: number, path: string, isNeeded: boolean): DataView | undefined {
  const memory = new DataView(new ArrayBuffer(serialStruct.length));
  try {
    callFor(path, (text) => `Error: ${text}, cannot get low latency`, () => {
      ioctl(fd, TIOCGSERIAL, memory);
    });
  } catch (error) {
    // Without such a mode, a driver is never in it.
    if (!isNeeded) return undefined;
    throw error;
  }
  return memory;
}

function setLowLatency(fd: number, path: string, serial: DataView, on: boolean): void {
  const flags = serial.getInt32(serialStruct.flags, true);
  const newFlags = on ? flags | ASYNC_LOW_LATENCY : flags & ~ASYNC_LOW_LATENCY;
  if (newFlags === flags) return;
  serial.setInt32(serialStruct.flags, newFlags, true);
  callFor(path, (text) => `Error: ${text}, cannot set low latency`, () => {
    ioctl(fd, TIOCSSERIAL, serial);
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
