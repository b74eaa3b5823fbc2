/** An input device, as a recording of its bytes. */

import { assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { writeFileSync } from "node:fs";
import { setImmediate } from "node:timers";
import { type InputEvent, readEvents, readReports } from "../../examples/input_device.ts";
import { FdStream } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
import { Random } from "../support/random.ts";
import { run } from "../support/programs.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

/**
 * A keyboard: A is pressed, held and released. In between, events are dropped. Then a mouse moves.
 */
const recording = bytesOf(`
  8f53b96600000000 4d9a080000000000 0400 0400 04000700
  8f53b96600000000 4d9a080000000000 0100 1e00 01000000
  8f53b96600000000 4d9a080000000000 0000 0000 00000000
  8f53b96600000000 85660c0000000000 0100 1e00 02000000
  8f53b96600000000 85660c0000000000 0000 0000 01000000
  9053b96600000000 0100000000000000 0400 0400 04000700
  9053b96600000000 0100000000000000 0000 0300 00000000
  9053b96600000000 0100000000000000 0100 3000 01000000
  9053b96600000000 0100000000000000 0000 0000 00000000
  9053b96600000000 3f420f0000000000 0100 1e00 00000000
  9053b96600000000 3f420f0000000000 0000 0000 00000000
  9153b96600000000 0000000000000000 0200 0000 fdffffff
  9153b96600000000 0000000000000000 0200 0100 02000000
  9153b96600000000 0000000000000000 0000 0000 00000000
`);

const at = (second: bigint, microsecond: bigint) => second * 1_000_000n + microsecond;
const [pressed, held, dropped, released, moved] = [
  at(0x66b9538fn, 0x89a4dn),
  at(0x66b9538fn, 0xc6685n),
  at(0x66b95390n, 1n),
  at(0x66b95390n, 999_999n),
  at(0x66b95391n, 0n),
];

const reports: { events: InputEvent[]; dropped: boolean }[] = [
  {
    events: [
      { time: pressed, type: 4, code: 4, value: 0x70004 },
      { time: pressed, type: 1, code: 30, value: 1 },
    ],
    dropped: false,
  },
  { events: [{ time: held, type: 1, code: 30, value: 2 }], dropped: false },
  { events: [], dropped: true },
  { events: [{ time: released, type: 1, code: 30, value: 0 }], dropped: false },
  {
    events: [
      { time: moved, type: 2, code: 0, value: -3 },
      { time: moved, type: 2, code: 1, value: 2 },
    ],
    dropped: false,
  },
];

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(hex.replaceAll(/\s/g, ""));
}

/** Writes `bytes` into a pipe, in pieces whose lengths `pieceLength` returns. */
function play(
  bytes: Uint8Array,
  pieceLength: () => number,
): { device: FdStream; ended: Promise<void> } {
  const [reader, writer] = pipe();
  const player = async () => {
    using stream = new FdStream(writer);
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at += pieceLength());
      await stream.writeAll(piece);
      // The reader reads this piece before the next one.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { device: new FdStream(reader), ended: player() };
}

describe("examples/input_device.ts", () => {
  it("reads event by event", async () => {
    const { device, ended } = play(recording, () => recording.length);
    using _device = device;
    const events = await Array.fromAsync(readEvents(device));
    await ended;
    assertEquals(events.length, 14);
    assertEquals(events[2], { time: pressed, type: 0, code: 0, value: 0 });
    assertEquals(events[6], { time: dropped, type: 0, code: 3, value: 0 });
  });

  it("reports which events belong together, and which keys are unknown after dropped events", async () => {
    const { device, ended } = play(recording, () => 24);
    using _device = device;
    assertEquals(await Array.fromAsync(readReports(device)), reports);
    await ended;
  });

  it("accepts events in pieces, and more than fit into the buffer", async () => {
    const random = new Random(5);
    const count = 10;
    const long = new Uint8Array(count * recording.length);
    for (let n = 0; n < count; n++) long.set(recording, n * recording.length);
    for (const longest of [1, 23, 25, 5000]) {
      const bytes = longest === 1 ? recording : long;
      const { device, ended } = play(bytes, () => 1 + random.below(longest));
      using _device = device;
      const expected = Array.from({ length: bytes.length / recording.length }, () => reports)
        .flat();
      assertEquals(await Array.fromAsync(readReports(device)), expected);
      await ended;
    }
  });

  it("throws if the device ends within an event", async () => {
    const { device, ended } = play(recording.subarray(0, 30), () => 30);
    using _device = device;
    await assertRejects(() => Array.fromAsync(readReports(device)), Error, "6 bytes into an event");
    await ended;
  });

  it("prints events, with only --allow-ffi", async () => {
    using folder = new TemporaryFolder();
    const args = [`${folder.path}/recording`];
    writeFileSync(args[0]!, recording);
    const result = await run("../../examples/input_device", { args, permissions: ["--allow-ffi"] });
    const lines = [
      "1723421583.563789 s: type 4, code 4, value 458756",
      "1723421583.563789 s: type 1, code 30, value 1",
      "1723421583.812677 s: type 1, code 30, value 2",
      "events were dropped",
      "1723421584.999999 s: type 1, code 30, value 0",
      "1723421585 s: type 2, code 0, value -3",
      "1723421585 s: type 2, code 1, value 2",
    ];
    assertEquals(result, { code: 0, signal: null, output: `${lines.join("\n")}\n` });
  });
});
