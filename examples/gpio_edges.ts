/**
 * Prints the edges of a GPIO line, such as the presses of a button, with the time of each.
 *
 *     deno run --allow-ffi examples/gpio_edges.ts /dev/gpiochip0 17
 *     bun examples/gpio_edges.ts /dev/gpiochip0 17
 *     node examples/gpio_edges.ts /dev/gpiochip0 17
 *
 * It uses version 2 of the kernel's interface, from Linux 5.10. It has not been tested with a real
 * chip. Its tests compare its structs with linux/gpio.h, and decode hand-written bytes.
 */

import { closeFd, waitReadable } from "@fdready/fdready";
import { close, ioctl, O_RDONLY, open, read, setNonblocking } from "@fdready/fdready/os";
import { readCommandLine, readInteger } from "./support/command_line.ts";

const usage = `
deno run --allow-ffi examples/gpio_edges.ts [device] [line]
bun examples/gpio_edges.ts [device] [line]
node examples/gpio_edges.ts [device] [line]

Prints the edges of a GPIO line, by default line 0 of /dev/gpiochip0.
`;

// linux/gpio.h, whose structs are the same on every architecture
export const GPIO_V2_GET_LINE_IOCTL = 0xc250_b407;
export const GPIO_V2_LINE_FLAG_INPUT = 4n;
export const GPIO_V2_LINE_FLAG_EDGE_RISING = 16n;
export const GPIO_V2_LINE_FLAG_EDGE_FALLING = 32n;
export const GPIO_V2_LINE_EVENT_RISING_EDGE = 1;

/** struct gpio_v2_line_request */
export const lineRequest = {
  offsets: 0,
  consumer: 256,
  flags: 288,
  num_lines: 560,
  fd: 588,
  length: 592,
} as const;

/** struct gpio_v2_line_event */
export const lineEvent = {
  timestamp_ns: 0,
  id: 8,
  offset: 12,
  seqno: 16,
  length: 48,
} as const;

/** An edge. */
export interface Edge {
  readonly direction: "rising" | "falling";
  /** The time, in nanoseconds of CLOCK_MONOTONIC. */
  readonly time: bigint;
  /** The number of the line. */
  readonly line: number;
  /** Counts up from 1. A missing number means that edges came faster than they were read. */
  readonly sequence: number;
}

/**
 * Requests the edges of `line`, from now on. Returns a descriptor that is readable when there are
 * any.
 */
export function openLine(device: string, line: number): number {
  const struct = new DataView(new ArrayBuffer(lineRequest.length));
  struct.setUint32(lineRequest.offsets, line, true);
  const consumer = new Uint8Array(struct.buffer, lineRequest.consumer);
  consumer.set(new TextEncoder().encode("fdready"));
  const edges = GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
  struct.setBigUint64(lineRequest.flags, GPIO_V2_LINE_FLAG_INPUT | edges, true);
  struct.setUint32(lineRequest.num_lines, 1, true);
  const chip = open(device, O_RDONLY);
  try {
    ioctl(chip, GPIO_V2_GET_LINE_IOCTL, struct);
  } finally {
    close(chip);
  }
  const fd = struct.getInt32(lineRequest.fd, true); // close-on-exec
  try {
    setNonblocking(fd, true);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** The edges of a line that {@linkcode openLine} has opened. */
export async function* readEdges(
  fd: number,
  options?: { readonly signal?: AbortSignal },
): AsyncGenerator<Edge, void> {
  const buffer = new Uint8Array(16 * lineEvent.length);
  // The kernel returns whole events, and there is no end of file.
  for (let length; (length = read(fd, buffer)) !== 0;) {
    if (length === undefined) await waitReadable(fd, options);
    else yield* decode(buffer.subarray(0, length));
  }
}

function* decode(bytes: Uint8Array): Generator<Edge> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + lineEvent.length <= bytes.length; at += lineEvent.length) {
    const id = view.getUint32(at + lineEvent.id, true);
    yield {
      direction: id === GPIO_V2_LINE_EVENT_RISING_EDGE ? "rising" : "falling",
      time: view.getBigUint64(at + lineEvent.timestamp_ns, true),
      line: view.getUint32(at + lineEvent.offset, true),
      sequence: view.getUint32(at + lineEvent.seqno, true),
    };
  }
}

if (import.meta.main) {
  const { positionals: [device = "/dev/gpiochip0", line = "0"] } = readCommandLine(usage, {}, {
    most: 2,
  });
  const fd = openLine(device, readInteger("the line", line, 0, 2 ** 32 - 1));
  try {
    for await (const { direction, time } of readEdges(fd)) console.log(direction, time);
  } finally {
    closeFd(fd);
  }
}
