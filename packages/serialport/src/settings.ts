/** A port's settings, from a program's options to the kernel's structs. */

import {
  CLOCAL,
  CMSPAR,
  CREAD,
  CRTSCTS,
  CS5,
  CS6,
  CS7,
  CS8,
  CSIZE,
  CSTOPB,
  flock,
  HUPCL,
  IGNPAR,
  IXANY,
  IXOFF,
  IXON,
  LOCK_EX,
  LOCK_NB,
  PARENB,
  PARODD,
  tcflush,
  tcgetattr,
  TCIOFLUSH,
  tcsetattr,
  type Termios,
  VMIN,
  VTIME,
} from "@fdready/fdready/os";
import os from "node:os";
import { attempt, PortError } from "./errors.ts";
import type { LinuxOpenOptions } from "./types.ts";

/** A port's settings, all of them. */
export type Settings = Required<LinuxOpenOptions>;

const defaults: Omit<Settings, "path" | "baudRate"> = {
  vmin: 1,
  vtime: 0,
  dataBits: 8,
  lock: true,
  stopBits: 1,
  parity: "none",
  rtscts: false,
  xon: false,
  xoff: false,
  xany: false,
  hupcl: true,
};

const sizes = { 5: CS5, 6: CS6, 7: CS7, 8: CS8 } as const;

const parities = {
  none: 0,
  even: PARENB,
  odd: PARENB | PARODD,
  mark: PARENB | PARODD | CMSPAR,
  space: PARENB | CMSPAR,
} as const;

const maxSpeed = 0xffff_ffff;

/** `options` with the defaults. Throws a TypeError for a wrong value. */
export function settingsFrom(options: LinuxOpenOptions): Settings {
  checkObject(options);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const missing = { path: "", baudRate: 0 };
  const settings: Settings = { ...defaults, ...missing, ...Object.fromEntries(given) };
  const { path, baudRate, dataBits, stopBits, parity, vmin, vtime } = settings;
  const check = (holds: boolean, message: string): void => {
    if (!holds) throw new TypeError(message);
  };
  check(typeof path === "string" && path !== "", '"path" is not a valid port');
  check(isSpeed(baudRate), '"baudRate" is not a valid baudRate');
  check([5, 6, 7, 8].includes(dataBits), `Invalid data bits setting ${String(dataBits)}`);
  check(Object.keys(parities).includes(parity), `Invalid parity setting ${String(parity)}`);
  check([1, 1.5, 2].includes(stopBits), `Invalid stop bits setting ${String(stopBits)}`);
  // 1.5 and 2 are the same bit, which means 1.5 if bytes have 5 bits.
  check(
    stopBits !== 1.5 || dataBits === 5,
    "Invalid stop bits setting 1.5, which needs 5 data bits",
  );
  for (const [name, value] of Object.entries({ vmin, vtime })) {
    const fits = Number.isInteger(value) && value >= 0 && value <= 255;
    check(fits, `Invalid ${name} setting ${String(value)}`);
  }
  return settings;
}

/** Throws unless `options` is an object. */
export function checkObject(options: unknown): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError('"options" is not an object');
  }
}

/** Whether `value` is a speed. 0 would hang up. */
export function isSpeed(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= maxSpeed;
}

/** Locks the port `fd`, and sets it up with these settings. */
export function setUp(fd: number, settings: Settings): void {
  const { path, lock } = settings;
  const cannotOpen = (words: string) => `Error: ${words}, cannot open ${path}`;
  const termios = attempt(path, cannotOpen, () => tcgetattr(fd));
  if (lock) lockPort(fd, path);
  attempt(path, cannotOpen, () => {
    tcsetattr(fd, termiosOf(settings, termios));
    // Bytes received so far came under other settings.
    tcflush(fd, TCIOFLUSH);
  });
}

/** Changes the speed. Discards bytes that were received or are still to be sent at the old one. */
export function setSpeed(fd: number, path: string, baudRate: number): void {
  attempt(path, (words) => `Error: ${words} setting custom baud rate of ${baudRate}`, () => {
    tcflush(fd, TCIOFLUSH);
    tcsetattr(fd, { ...tcgetattr(fd), ispeed: baudRate, ospeed: baudRate });
  });
}

function lockPort(fd: number, path: string): void {
  const cannotLock = (words: string) => `Error ${words} Cannot lock port ${path}`;
  if (attempt(path, cannotLock, () => flock(fd, LOCK_EX | LOCK_NB))) return;
  const errno = -os.constants.errno.EAGAIN;
  const message = cannotLock("Resource temporarily unavailable") +
    ": another program has locked it, or this one has opened it twice";
  throw new PortError(message, { code: "EAGAIN", errno, syscall: "flock", path });
}

/** Raw settings, with what the program has chosen. Control characters stay as they are. */
function termiosOf(settings: Settings, { cflag, cc, ...others }: Termios): Termios {
  const { baudRate, dataBits, parity, stopBits, rtscts, xon, xoff, xany, hupcl } = settings;
  const { vmin, vtime } = settings;
  const when = (condition: boolean, flag: number) => condition ? flag : 0;
  const changed = CSIZE | PARENB | PARODD | CMSPAR | CSTOPB | CRTSCTS | HUPCL;
  return {
    ...others,
    iflag: IGNPAR | when(xon, IXON) | when(xoff, IXOFF) | when(xany, IXANY),
    oflag: 0,
    lflag: 0,
    cflag: (cflag & ~changed) | CLOCAL | CREAD | sizes[dataBits] | parities[parity] |
      when(stopBits !== 1, CSTOPB) | when(rtscts, CRTSCTS) | when(hupcl, HUPCL),
    ispeed: baudRate,
    ospeed: baudRate,
    cc: Uint8Array.from(cc, (value, at) => at === VMIN ? vmin : at === VTIME ? vtime : value),
  };
}
