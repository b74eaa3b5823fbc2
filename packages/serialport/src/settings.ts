/** A port's settings: from a program's options to the kernel's structs. */

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
import { inspect } from "node:util";
import { callFor, PortError } from "./errors.ts";
import type { Defined, LinuxOpenOptions } from "./types.ts";

/** All settings of a port. */
export type Settings = Defined<LinuxOpenOptions>;

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

const parityNames = Object.keys(parities) as (keyof typeof parities)[];

const maxSpeed = 0xffff_ffff;
const speeds = `an integer from 1 to ${maxSpeed}`;

/** Returns `options` with the defaults. Throws a TypeError for a wrong value. */
export function parseSettings(options: LinuxOpenOptions): Settings {
  checkObject(options);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const missing = { path: "", baudRate: 0 };
  const settings: Settings = { ...defaults, ...missing, ...Object.fromEntries(given) };
  settings.parity = findParity(settings.parity) ?? settings.parity;
  const { path, baudRate, dataBits, stopBits, parity, vmin, vtime } = settings;
  check(typeof path === "string" && path !== "", '"path" is not a valid port', path);
  check(isSpeed(baudRate), `"baudRate" is not a valid baudRate: expected ${speeds}`, baudRate);
  checkChoice("data bits", dataBits, [5, 6, 7, 8]);
  checkChoice("parity", parity, parityNames);
  checkChoice("stop bits", stopBits, [1, 1.5, 2]);
  if (stopBits === 1.5 && dataBits !== 5) {
    // 1.5 and 2 are the same bit, which means 1.5 if bytes have 5 bits.
    throw new TypeError("Invalid stop bits setting 1.5, which requires 5 data bits");
  }
  for (const [name, value] of Object.entries({ vmin, vtime })) {
    const isByte = Number.isInteger(value) && value >= 0 && value <= 255;
    check(isByte, `Invalid ${name} setting: expected an integer from 0 to 255`, value);
  }
  return settings;
}

/**
 * Returns the parity whose name begins with `value`, in any case. The native binding accepts the
 * same abbreviations.
 */
function findParity(value: unknown): Settings["parity"] | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const prefix = value.toLowerCase();
  return parityNames.find((name) => name.startsWith(prefix));
}

function check(condition: boolean, message: string, value: unknown): void {
  if (!condition) throw new TypeError(`${message}, got ${inspect(value)}`);
}

function checkChoice(name: string, value: unknown, choices: readonly unknown[]): void {
  if (choices.includes(value)) return;
  const list = choices.map((choice) => inspect(choice)).join(", ");
  throw new TypeError(`Invalid ${name} setting ${inspect(value)}: expected one of ${list}`);
}

/** Throws unless `options` is an object. */
export function checkObject(options: unknown): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError('"options" is not an object');
  }
}

/** Throws unless `value` can be the new speed of an open port. */
export function checkSpeed(value: unknown): void {
  if (typeof value !== "number") throw new TypeError('"options.baudRate" is not a number');
  check(isSpeed(value), `"options.baudRate" must be ${speeds}`, value);
}

/** Whether `value` is a speed. 0 would hang up. */
function isSpeed(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) <= maxSpeed;
}

/** Locks the port `fd`, and applies these settings. */
export function configurePort(fd: number, settings: Settings): void {
  const { path, lock } = settings;
  const formatMessage = (text: string) => `Error: ${text}, cannot open ${path}`;
  const termios = callFor(path, formatMessage, () => tcgetattr(fd));
  if (lock) lockPort(fd, path);
  callFor(path, formatMessage, () => {
    tcsetattr(fd, toTermios(settings, termios));
    // Bytes received so far came under other settings.
    tcflush(fd, TCIOFLUSH);
  });
}

/** Changes the speed. Discards bytes received or still to be sent at the old speed. */
export function setSpeed(fd: number, path: string, baudRate: number): void {
  callFor(path, (text) => `Error: ${text} setting custom baud rate of ${baudRate}`, () => {
    tcflush(fd, TCIOFLUSH);
    tcsetattr(fd, { ...tcgetattr(fd), ispeed: baudRate, ospeed: baudRate });
  });
}

function lockPort(fd: number, path: string): void {
  const formatMessage = (text: string) => `Error ${text} Cannot lock port ${path}`;
  if (callFor(path, formatMessage, () => flock(fd, LOCK_EX | LOCK_NB))) return;
  const errno = -os.constants.errno.EAGAIN;
  const message = formatMessage("Resource temporarily unavailable") +
    ": another program has locked it, or this one has opened it twice";
  throw new PortError(message, { code: "EAGAIN", errno, syscall: "flock", path });
}

/** Raw mode with the program's settings. Control characters stay as they are. */
function toTermios(settings: Settings, { cflag, cc, ...others }: Termios): Termios {
  const { baudRate, dataBits, parity, stopBits, rtscts, xon, xoff, xany, hupcl } = settings;
  const { vmin, vtime } = settings;
  const flagIf = (condition: boolean, flag: number) => condition ? flag : 0;
  const changed = CSIZE | PARENB | PARODD | CMSPAR | CSTOPB | CRTSCTS | HUPCL;
  return {
    ...others,
    iflag: IGNPAR | flagIf(xon, IXON) | flagIf(xoff, IXOFF) | flagIf(xany, IXANY),
    oflag: 0,
    lflag: 0,
    cflag: (cflag & ~changed) | CLOCAL | CREAD | sizes[dataBits] | parities[parity] |
      flagIf(stopBits !== 1, CSTOPB) | flagIf(rtscts, CRTSCTS) | flagIf(hupcl, HUPCL),
    ispeed: baudRate,
    ospeed: baudRate,
    cc: Uint8Array.from(cc, (value, at) => at === VMIN ? vmin : at === VTIME ? vtime : value),
  };
}
