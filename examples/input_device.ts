/**
 * An input device: prints what a keyboard, a mouse, a game pad or a touch screen reports.
 *
 *     sudo deno run --allow-ffi examples/input_device.ts /dev/input/event0
 *     sudo bun examples/input_device.ts /dev/input/event0
 *
 * To run it without sudo, be in the group that owns the device: in Debian, `input`. What the numbers
 * mean is in linux/input-event-codes.h.
 */

import { FdStream } from "@fdready/fdready";
import { O_RDONLY, open } from "@fdready/fdready/os";
import { readCommandLine } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/input_device.ts [device]
bun examples/input_device.ts [device]

Prints what an input device reports, by default /dev/input/event0.
`;

export const EV_SYN = 0;
export const EV_KEY = 1;
export const EV_REL = 2;
export const SYN_REPORT = 0;
export const SYN_DROPPED = 3;

/** One `struct input_event`. */
export interface InputEvent {
  /** When, in microseconds. */
  readonly time: bigint;
  /** What kind it is: `EV_*`. */
  readonly type: number;
  /** Which key, axis or switch. */
  readonly code: number;
  /** What became of it: of a key, 0 released, 1 pressed, 2 held. */
  readonly value: number;
}

/** What changed at the same moment: the events up to a `SYN_REPORT`, without it. */
export interface Report {
  readonly events: readonly InputEvent[];
  /**
   * Whether the kernel had to drop events before: of keys that are down now, and of positions,
   * nothing is known any more.
   */
  readonly dropped: boolean;
}

/** `struct timeval` of two longs, then type, code and value: so on all 64-bit machines. */
const structLength = 24;

/** Reads what `device` reports, until it is unplugged (`ENODEV`) or the end of a recording. */
export async function* readReports(device: FdStream): AsyncGenerator<Report> {
  let events: InputEvent[] = [];
  let dropped = false;
  for await (const event of readEvents(device)) {
    if (event.type !== EV_SYN) {
      events.push(event);
    } else if (event.code === SYN_DROPPED) {
      dropped = true;
    } else if (event.code === SYN_REPORT) {
      // After SYN_DROPPED, what comes up to the next SYN_REPORT is incomplete.
      yield { events: dropped ? [] : events, dropped };
      events = [];
      dropped = false;
    }
  }
}

/** Reads event by event. A device gives whole ones; from a pipe they may come in pieces. */
export async function* readEvents(device: FdStream): AsyncGenerator<InputEvent> {
  const bytes = new Uint8Array(64 * structLength);
  let length = 0;
  for (let count; (count = await device.read(bytes.subarray(length))) !== null;) {
    length += count;
    const end = length - length % structLength;
    for (let at = 0; at < end; at += structLength) yield decode(bytes, at);
    bytes.copyWithin(0, end, length);
    length -= end;
  }
  if (length > 0) throw new Error(`It ended ${length} bytes into an event`);
}

function decode(bytes: Uint8Array, at: number): InputEvent {
  const struct = new DataView(bytes.buffer, bytes.byteOffset + at, structLength);
  return {
    time: struct.getBigInt64(0, true) * 1_000_000n + struct.getBigInt64(8, true),
    type: struct.getUint16(16, true),
    code: struct.getUint16(18, true),
    value: struct.getInt32(20, true),
  };
}

if (import.meta.main) {
  const { positionals: [path = "/dev/input/event0"] } = readCommandLine(usage, {}, { most: 1 });
  using device = new FdStream(open(path, O_RDONLY));
  for await (const { events, dropped } of readReports(device)) {
    if (dropped) console.log("events were dropped");
    for (const { time, type, code, value } of events) {
      console.log(`${Number(time) / 1e6} s: type ${type}, code ${code}, value ${value}`);
    }
  }
}
