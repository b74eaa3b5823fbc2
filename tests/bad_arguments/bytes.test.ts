/**
 * Every function with bytes treats each view of memory as its bytes, and refuses everything else.
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { Fds, fill } from "../support/fds.ts";
import { rejection } from "../support/waits.ts";

const length = 16;

class Frame extends Uint8Array<ArrayBuffer> {
  constructor(size: string) {
    super(new ArrayBuffer(typeof size === "string" ? Number(size) : 3));
  }
}

class Liar extends Uint8Array<ArrayBuffer> {
  override get length(): number {
    return 24;
  }
  override get byteLength(): number {
    return 24;
  }
  override get byteOffset(): number {
    return 0;
  }
}

class LyingView extends DataView<ArrayBuffer> {
  override get byteLength(): number {
    return 24;
  }
}

function ownLies<T extends ArrayBufferView>(view: T): T {
  for (const name of ["length", "byteLength"]) Object.defineProperty(view, name, { value: 5000 });
  Object.defineProperty(view, "constructor", { value: Frame });
  return view;
}

/** Views of 16 bytes of memory, with other memory around most of them. */
const views: Record<string, () => ArrayBufferView> = {
  Int8Array: () => new Int8Array(new ArrayBuffer(32), 8, 16),
  Uint8Array: () => new Uint8Array(new ArrayBuffer(32), 8, 16),
  Uint8ClampedArray: () => new Uint8ClampedArray(new ArrayBuffer(32), 8, 16),
  Int16Array: () => new Int16Array(new ArrayBuffer(32), 8, 8),
  Uint16Array: () => new Uint16Array(new ArrayBuffer(32), 8, 8),
  Float16Array: () => new Float16Array(new ArrayBuffer(32), 8, 8),
  Int32Array: () => new Int32Array(new ArrayBuffer(32), 8, 4),
  Uint32Array: () => new Uint32Array(new ArrayBuffer(32), 8, 4),
  Float32Array: () => new Float32Array(new ArrayBuffer(32), 8, 4),
  Float64Array: () => new Float64Array(new ArrayBuffer(32), 8, 2),
  BigInt64Array: () => new BigInt64Array(new ArrayBuffer(32), 8, 2),
  BigUint64Array: () => new BigUint64Array(new ArrayBuffer(32), 8, 2),
  DataView: () => new DataView(new ArrayBuffer(32), 7, 16),
  Buffer: () => Buffer.alloc(16),
  "without an offset": () => new Uint32Array(4),
  "a subarray": () => new Uint16Array(20).subarray(3, 11),
  "shared memory": () => new Uint16Array(new SharedArrayBuffer(32), 8, 8),
  "a DataView of shared memory": () => new DataView(new SharedArrayBuffer(32), 3, 16),
  "resizable memory": () => new Uint16Array(resizable(32), 8, 8),
  "what tracks its memory's length": () => new Uint16Array(resizable(24), 8),
  "a DataView that tracks it": () => new DataView(resizable(19), 3),
  "a subclass with another constructor": () => new Frame("16"),
  "a subclass that tells other lengths": () => new Liar(new ArrayBuffer(32), 8, 16),
  "a DataView that tells other lengths": () => new LyingView(new ArrayBuffer(32), 8, 16),
  "own properties that tell others": () => ownLies(new Uint8Array(new ArrayBuffer(64), 8, 16)),
  "growable shared memory": () =>
    new Int32Array(new SharedArrayBuffer(32, { maxByteLength: 64 }), 8, 4),
};

/** Views of detached or shrunk memory. */
const gone: Record<string, () => ArrayBufferView> = {
  "detached": () => detached(new Uint8Array(16)),
  "a detached DataView": () => detached(new DataView(new ArrayBuffer(16))),
  "shrunk below its end": () => shrunk((memory) => new Uint16Array(memory, 8, 4)),
  "shrunk below its start": () => shrunk((memory) => new Uint8Array(memory, 8)),
  "a DataView that is shrunk": () => shrunk((memory) => new DataView(memory, 8, 4)),
};

/** Other values than views, and the text that the error must contain. */
const none: readonly (readonly [value: unknown, shown: string])[] = [
  ["text", "TextEncoder"],
  [[1, 2], "[ 1, 2 ]"],
  [new ArrayBuffer(8), "new Uint8Array"],
  [new SharedArrayBuffer(8), "new Uint8Array"],
  [{ byteLength: 3 }, "byteLength: 3"],
  [64, "64"],
  [null, "null"],
  [undefined, "undefined"],
];

function resizable(size: number): ArrayBuffer {
  return new ArrayBuffer(size, { maxByteLength: 64 });
}

function detached<T extends ArrayBufferView<ArrayBuffer>>(view: T): T {
  view.buffer.transfer();
  return view;
}

function shrunk(makeView: (memory: ArrayBuffer) => ArrayBufferView): ArrayBufferView {
  const memory = resizable(16);
  const view = makeView(memory);
  memory.resize(4);
  return view;
}

/** The 16 bytes of a view of `views`, whatever it says of itself. */
function bytesOf(view: ArrayBufferView): Uint8Array {
  const { prototype } = view instanceof DataView ? DataView : Object.getPrototypeOf(Uint8Array);
  const offset = Object.getOwnPropertyDescriptor(prototype, "byteOffset")!.get!.call(view);
  return new Uint8Array(view.buffer, offset, length);
}

const pattern = Uint8Array.from({ length }, (_, index) => index + 1);

/**
 * The functions with bytes to write, as promises that resolve once all bytes have been written to
 * `fd`.
 */
const writers: Record<string, (fd: number, data: never) => Promise<unknown>> = {
  // deno-lint-ignore require-await
  "os.write": async (fd, data) => os.write(fd, data),
  // deno-lint-ignore require-await
  "os.pwrite": async (fd, data) => {
    const file = os.memfdCreate("pwrite");
    try {
      const written = new Uint8Array(os.pwrite(file, data, 0) + 1);
      os.write(fd, written.subarray(0, os.pread(file, written, 0)));
    } finally {
      os.close(file);
    }
  },
  // deno-lint-ignore require-await
  "os.writev": async (fd, data) => os.writev(fd, [data]),
  write: (fd, data) => withStream(fd, (stream) => stream.write(data)),
  writeAll: (fd, data) => withStream(fd, (stream) => stream.writeAll(data)),
  writable: (fd, data) =>
    withStream(fd, (stream) => {
      const writer = stream.writable.getWriter();
      writer.closed.catch(() => {});
      return writer.write(data);
    }),
};

/** The functions with a buffer to read into. */
const readers: Record<string, (fd: number, room: never) => Promise<unknown>> = {
  // deno-lint-ignore require-await
  "os.read": async (fd, room) => os.read(fd, room),
  // deno-lint-ignore require-await
  "os.pread": async (fd, room) => {
    const file = os.memfdCreate("pread");
    try {
      os.write(file, pattern);
      const length = os.pread(file, room, 0);
      os.read(fd, new Uint8Array(length));
      return length;
    } finally {
      os.close(file);
    }
  },
  // deno-lint-ignore require-await
  "os.readv": async (fd, room) => os.readv(fd, [room]),
  read: (fd, room) => withStream(fd, (stream) => stream.read(room)),
};

async function withStream<T>(fd: number, body: (stream: FdStream) => Promise<T>): Promise<T> {
  using stream = new FdStream(os.dup(fd));
  return await body(stream);
}

describe("every function with data", () => {
  for (const [name, write] of Object.entries(writers)) {
    it(`writes the bytes of any view: ${name}`, async () => {
      using fds = new Fds();
      const [from, to] = fds.pipe();
      for (const [kind, makeView] of Object.entries(views)) {
        const view = makeView();
        bytesOf(view).set(pattern);
        await write(to, view as never);
        const received = new Uint8Array(64);
        assertEquals(os.read(from, received), length, kind);
        assertEquals(received.subarray(0, length), pattern, kind);
      }
      await write(to, new Uint16Array(0) as never);
      assertEquals(os.read(from, new Uint8Array(1)), undefined);
    });

    it(`refuses other values: ${name}`, async () => {
      using fds = new Fds();
      const [from, to] = fds.pipe();
      for (const [value, shown] of none) {
        // Twice, because the first must leave no trace.
        await rejection(write(to, value as never), TypeError, shown);
        await rejection(write(to, value as never), TypeError, shown);
      }
      for (const makeView of Object.values(gone)) {
        await rejection(write(to, makeView() as never), TypeError, "gone");
      }
      assertEquals(os.read(from, new Uint8Array(1)), undefined);
    });
  }

  it("writes everything in order, even if it doesn't fit at once", async () => {
    using fds = new Fds();
    const samples = Uint16Array.from({ length: 100_000 }, (_, index) => index);
    for (const name of ["writeAll", "writable"] as const) {
      const [from, to] = fds.pipe();
      using reader = new FdStream(os.dup(from));
      const written = writers[name]!(to, samples as never);
      const received = new Uint8Array(samples.byteLength);
      for (let at = 0; at < received.length;) at += (await reader.read(received.subarray(at)))!;
      await written;
      assertEquals(new Uint16Array(received.buffer), samples);
    }
  });

  it("continues after a partial write, whatever a subclass returns for a part", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    using reader = new FdStream(os.dup(from));
    const frame = new Frame("200000");
    frame.forEach((_, index) => frame[index] = index % 251);
    const written = withStream(to, (stream) => stream.writeAll(frame));
    const received = new Uint8Array(frame.length);
    for (let at = 0; at < received.length;) at += (await reader.read(received.subarray(at)))!;
    await written;
    assertEquals(received.findIndex((byte, index) => byte !== index % 251), -1);
  });

  it("refuses a view that is detached or shrinks before it is written", async () => {
    for (
      const spoil of [
        (memory: ArrayBuffer) => memory.transfer(),
        (memory: ArrayBuffer) => memory.resize(100_000),
      ]
    ) {
      using fds = new Fds();
      const [from, to] = fds.pipe();
      using stream = new FdStream(os.dup(to));
      fill(to);
      const memory = new ArrayBuffer(1_000_000, { maxByteLength: 1_000_000 });
      const writing = rejection(stream.writeAll(new Uint8Array(memory)), TypeError, "gone");
      spoil(memory);
      using reader = new FdStream(os.dup(from));
      await reader.read(new Uint8Array(65536));
      await writing;
    }
  });
});

/** The functions with memory that C reads or writes, mostly a struct. */
const takers: Record<string, (view: never, fds: Fds) => unknown> = {
  ioctl: (view, fds) => {
    const { controller, terminal } = os.openpty();
    fds.own(controller);
    fds.own(terminal);
    // Its struct is longer than the memory, and the request doesn't contain its size.
    const TCGETS = 0x5401;
    return os.ioctl(terminal, TCGETS, view);
  },
  getsockopt: (view, fds) => os.getsockopt(fds.socketpair()[0], os.IPPROTO_TCP, 1, view),
  parseAddress: (view) => os.parseAddress(view),
  sendmsg: (address, fds) => os.sendmsg(fds.socketpair()[0], { data: [], address }),
  bind: (view, fds) => os.bind(fds.socketpair()[0], view),
};

describe("every function with a struct", () => {
  for (const [name, take] of Object.entries(takers)) {
    it(`uses the real length of the memory, whatever its properties are: ${name}`, () => {
      using fds = new Fds();
      const outcome = (view: ArrayBufferView) => {
        try {
          return take(view as never, fds);
        } catch (error) {
          return String(error).replaceAll(/\d{2,}|fd \d+/g, "N");
        }
      };
      const plain = new Uint8Array(new ArrayBuffer(64), 8, 16);
      const expected = outcome(plain);
      for (const [kind, makeView] of Object.entries(views)) {
        const view = makeView();
        assertEquals(outcome(view), expected, kind);
        assertEquals(bytesOf(view), bytesOf(plain), kind);
        bytesOf(view).fill(0);
        const all = new Uint8Array(view.buffer);
        assertEquals(all, new Uint8Array(all.length), `${kind}: nothing around it was written to`);
      }
    });
  }
});

describe("every function with a buffer", () => {
  for (const [name, read] of Object.entries(readers)) {
    it(`reads into any view: ${name}`, async () => {
      using fds = new Fds();
      const [from, to] = fds.pipe();
      for (const [kind, makeView] of Object.entries(views)) {
        const view = makeView();
        const all = new Uint8Array(view.buffer).fill(0xff);
        os.write(to, pattern);
        assertEquals(await read(from, view as never), length, kind);
        assertEquals(bytesOf(view), pattern, kind);
        const untouched = all.filter((byte) => byte === 0xff).length;
        assertEquals(untouched, all.length - length, `${kind}: nothing around it was written to`);
      }
    });

    it(`refuses other values and empty buffers, and loses nothing: ${name}`, async () => {
      using fds = new Fds();
      const [from, to] = fds.pipe();
      os.write(to, pattern);
      for (const [value, shown] of none) {
        await rejection(read(from, value as never), TypeError, shown);
        await rejection(read(from, value as never), TypeError, shown);
      }
      for (const makeView of Object.values(gone)) {
        await rejection(read(from, makeView() as never), TypeError, "gone");
      }
      await rejection(
        read(from, new DataView(new ArrayBuffer(0)) as never),
        TypeError,
        "empty buffer",
      );
      assertEquals(os.read(from, new Uint8Array(64)), length, "nothing was lost");
    });
  }

  it("refuses a buffer that is detached before there is data, and loses nothing", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    using stream = new FdStream(os.dup(from));
    const room = new Uint8Array(64);
    const reading = rejection(stream.read(room), TypeError, "gone");
    detached(room);
    os.write(to, pattern);
    await reading;
    assertEquals(await stream.read(new Uint8Array(64)), length);
  });

  it("writes to no other memory, in optimised code too", () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const view = new DataView(new ArrayBuffer(32), 8, 16);
    for (let count = 0; count < 20_000; count++) {
      os.write(to, pattern);
      os.read(from, view);
    }
    assertEquals(bytesOf(view), pattern);
    assertEquals(new Uint8Array(view.buffer, 0, 8), new Uint8Array(8));
    assertThrows(() => os.read(from, new ArrayBuffer(8) as never), TypeError);
  });
});
