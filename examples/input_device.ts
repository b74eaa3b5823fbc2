/**
 * An input device: prints the events of a keyboard, a mouse, a game pad or a touch screen.
 *
 *     sudo deno run --allow-ffi examples/input_device.ts /dev/input/event0
 *     sudo bun examples/input_device.ts /dev/input/event0
 *     sudo node examples/input_device.ts /dev/input/event0
 *
 * Members of the group that owns the device don't need sudo. On Debian, that is `input`. The
 * numbers are explained in linux/input-event-codes.h.
 */

import { FdStream } from "@fdready/fdready";
import { O_RDONLY, open } from "@fdready/fdready/os";
import { readCommandLine } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/input_device.ts [device]
bun examples/input_device.ts [device]
node examples/input_device.ts [device]

Prints what an input device reports, by default /dev/input/event0.
`;

export const EV_SYN = 0;
export const EV_KEY = 1;
export const EV_REL = 2;
export const SYN_REPORT = 0;
export const SYN_DROPPED = 3;

/** A `struct input_event`. */
export interface InputEvent {
  /** The time, in microseconds. */
  readonly time: bigint;
  /** The type: `EV_*`. */
  readonly type: number;
  /** The key, axis or switch. */
  readonly code: number;
  /** The value: for a key, 0 released, 1 pressed, 2 held. */
  readonly value: number;
}

/** The changes of the same moment: the events up to a `SYN_REPORT`, without that. */
export interface Report {
  readonly events: readonly InputEvent[];
  /**
   * Whether the kernel has dropped earlier events. The state of pressed keys and positions is
   * unknown then.
   */
  readonly dropped: boolean;
}

/**
 * `struct timeval` with two longs, then type, code and value. It is the same on all 64-bit
 * machines.
 */
const structLength = 24;

/** Reads the reports of `device`, until it is unplugged (`ENODEV`) or a recording ends. */
export async function* readReports(device: FdStream): AsyncGenerator<Report> {
  let events: InputEvent[] = [];
  let dropped = false;
  for await (const event of readEvents(device)) {
    if (event.type !== EV_SYN) {
      events.push(event);
    } else if (event.code === SYN_DROPPED) {
      dropped = true;
    } else if (event.code === SYN_REPORT) {
      // After SYN_DROPPED, the events up to the next SYN_REPORT are incomplete.
      yield { events: dropped ? [] : events, dropped };
      events = [];
      dropped = false;
    }
  }
}

/** Reads event by event. A device returns whole events, a pipe may return parts. */
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
