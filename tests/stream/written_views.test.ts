/** Writing views of any kind, and views that lose their memory. */

import { assertEquals } from "@std/assert";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { assertPending, rejection } from "../support/waits.ts";

type Write = (stream: FdStream, data: ArrayBufferView) => Promise<unknown>;

const writes: Record<string, Write> = {
  "write()": (stream, data) => stream.write(data),
  "writeAll()": (stream, data) => stream.writeAll(data),
  "writable": async (stream, data) => {
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    try {
      await writer.write(data);
    } finally {
      writer.releaseLock();
    }
  },
};

/** Makes a view of `buffer` from its byte 8 on. */
type Make = (buffer: ArrayBuffer) => ArrayBufferView;

const kinds: Record<string, Make> = {
  Uint8Array: (buffer) => new Uint8Array(buffer, 8),
  Int16Array: (buffer) => new Int16Array(buffer, 8),
  Float64Array: (buffer) => new Float64Array(buffer, 8),
  BigUint64Array: (buffer) => new BigUint64Array(buffer, 8),
  DataView: (buffer) => new DataView(buffer, 8),
};

/** More than a pipe holds. */
const size = 1_000_000;

/** Takes away the memory of a view while it is being written. */
const losses: Record<string, { make: () => ArrayBuffer; lose: (buffer: ArrayBuffer) => void }> = {
  "is detached": {
    make: () => new ArrayBuffer(size),
    lose: (buffer) => structuredClone(buffer, { transfer: [buffer] }),
  },
  "shrinks": {
    make: () => new ArrayBuffer(size, { maxByteLength: 2 * size }),
    lose: (buffer) => buffer.resize(100),
  },
  "shrinks to nothing": {
    make: () => new ArrayBuffer(size, { maxByteLength: 2 * size }),
    lose: (buffer) => buffer.resize(0),
  },
};

describeForDrivers("FdStream that writes a view", (it) => {
  for (const [name, write] of Object.entries(writes)) {
    it(`${name} writes the bytes of any kind of view`, async ({ manager, fds }) => {
      const [reader, writer] = fds.pipe();
      using stream = new FdStream(os.dup(writer), { manager });
      const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
      const received = new Uint8Array(64);
      for (const [kind, make] of Object.entries(kinds)) {
        await write(stream, make(bytes.buffer));
        assertEquals(os.read(reader, received), 24, kind);
        assertEquals(received.subarray(0, 24), bytes.subarray(8), kind);
      }
    });

    for (const [loss, { make, lose }] of Object.entries(losses)) {
      it(`${name} rejects with TypeError if the view's buffer ${loss}`, async ({ manager, fds }) => {
        const [reader, writer] = fds.pipe();
        for (const view of Object.values(kinds)) {
          using stream = new FdStream(os.dup(writer), { manager });
          while (os.write(writer, new Uint8Array(65536)) !== undefined);
          const buffer = make();
          const writing = write(stream, view(buffer));
          await assertPending(manager, writing);
          lose(buffer);
          while (os.read(reader, new Uint8Array(65536)) !== undefined);
          await rejection(writing, TypeError);
        }
      });
    }

    it(`${name} writes the length at the call of a view that grows`, async ({ manager, fds }) => {
      const [reader, writer] = fds.pipe();
      using stream = new FdStream(os.dup(writer), { manager });
      while (os.write(writer, new Uint8Array(65536)) !== undefined);
      const buffer = new ArrayBuffer(16, { maxByteLength: 64 });
      const writing = write(stream, new Uint8Array(buffer));
      await assertPending(manager, writing);
      buffer.resize(64);
      const received = new Uint8Array(100_000);
      os.read(reader, received);
      await writing;
      assertEquals(os.read(reader, received), 16);
    });
  }
});
