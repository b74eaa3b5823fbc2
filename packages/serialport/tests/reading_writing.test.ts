/** Reads and writes up to 1 MB through a line, also with bad arguments. */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { TurnCounter } from "../../../tests/support/event_loop.ts";
import { assertPending, rejection } from "../../../tests/support/waits.ts";
import { BindingsError } from "../mod.ts";
import { describeForLines, pattern, readAll } from "./support/ports.ts";

// deno-lint-ignore no-explicit-any -- arguments of untyped callers
type Anything = any;

/** Blocks the event loop. */
function workFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describeForLines("LinuxPortBinding", (it) => {
  for (const length of [0, 1, 5, 2048, 100_000, 1_000_000]) {
    it(`write() sends ${length} bytes, and one more`, async (bench) => {
      const [near, far] = await bench.openBoth();
      const data = pattern(length);
      using turns = new TurnCounter();
      const [read] = await Promise.all([
        readAll(far, length + 1),
        near.write(data).then(() => near.write(Buffer.from([7]))),
      ]);
      assert(read.equals(Buffer.concat([data, Buffer.from([7])])));
      if (length >= 1_000_000) assert(turns.count > 0, "the event loop was blocked");
    });
  }

  it("read() and write() run in both directions at once", async (bench) => {
    const [near, far] = await bench.openBoth();
    const data = pattern(200_000);
    const [one, other] = await Promise.all([
      readAll(far, data.length),
      readAll(near, data.length),
      near.write(data),
      far.write(data),
    ]);
    assert(one.equals(data) && other.equals(data));
  });

  it("read() changes only the requested part of the buffer", async (bench) => {
    const [near, far] = await bench.openBoth();
    await near.write(Buffer.from("12345"));
    const buffer = Buffer.alloc(5);
    const result = await far.read(buffer, 1, 1);
    assertEquals([result.bytesRead, result.buffer === buffer], [1, true]);
    assertEquals([...buffer], [0, 49, 0, 0, 0]);
    assertEquals((await readAll(far, 4)).toString(), "2345");
  });

  it("read() and write() run in the order of their calls", async (bench) => {
    const [near, far] = await bench.openBoth();
    const reads = [readAll(far, 1), readAll(far, 1), readAll(far, 100_000)];
    await assertPending(bench.manager, ...reads);
    const big = pattern(100_000);
    await Promise.all([
      near.write(Buffer.from("a")),
      near.write(Buffer.from("b")),
      near.write(big),
    ]);
    const [a, b, rest] = await Promise.all(reads);
    assertEquals([a!.toString(), b!.toString()], ["a", "b"]);
    assert(rest!.equals(big));
  });

  it("read() waits for a byte with a vmin of 0, where read(2) returns 0", async (bench) => {
    const { line } = bench;
    for (const vtime of [0, 1]) {
      const near = await bench.open(line.near, { vmin: 0, vtime });
      const far = await bench.open(line.far);
      const reading = readAll(near, 2);
      await assertPending(bench.manager, reading);
      await far.write(Buffer.from("x"));
      await assertPending(bench.manager, reading);
      await far.write(Buffer.from("y"));
      assertEquals((await reading).toString(), "xy");
      await Promise.all([near.close(), far.close()]);
    }
  });

  it("read() rejects when the port is closed", async (bench) => {
    const port = await bench.open(bench.line.near);
    const reads = [0, 1].map(() => rejection(port.read(Buffer.alloc(9), 0, 9), BindingsError));
    await port.close();
    for (const { message, canceled } of await Promise.all(reads)) {
      assertEquals([message, canceled], ["Canceled", true]);
    }
  });

  it("read() rejects if the port is closed just after an earlier read", async (bench) => {
    const [near, far] = await bench.openBoth();
    const first = readAll(near, 1);
    const second = rejection(readAll(near, 1), BindingsError);
    await far.write(Buffer.from("x"));
    assertEquals(String(await first), "x");
    await near.close();
    assertEquals((await second).canceled, true);
  });

  it("read() lets the event loop run every 2 ms", async (bench) => {
    const [near, far] = await bench.openBoth();
    const count = 40;
    await far.write(Buffer.alloc(count));
    using turns = new TurnCounter();
    for (let n = 0; n < count; n++) {
      await readAll(near, 1);
      workFor(3);
    }
    assert(turns.count > count / 4, `${turns.count} turns`);
  });

  it("read() and write() reject wrong buffers and positions", async (bench) => {
    const port = await bench.open(bench.line.near);
    for (const value of [undefined, null, 1, "text", new Uint8Array(8), {}, []]) {
      const message = '"buffer" is not a Buffer';
      assertEquals((await rejection(port.write(value as Anything), TypeError)).message, message);
      const read = port.read(value as Anything, 0, 1);
      assertEquals((await rejection(read, TypeError)).message, message);
    }
    const buffer = Buffer.alloc(8);
    for (const value of [undefined, null, NaN, 1.5, "1", {}]) {
      await rejection(
        port.read(buffer, value as Anything, 1),
        TypeError,
        '"offset" is not an integer',
      );
      await rejection(
        port.read(buffer, 0, value as Anything),
        TypeError,
        '"length" is not an integer',
      );
    }
    await rejection(port.read(buffer, -1, 1), TypeError, '"offset" must be at least 0, got -1');
    await rejection(port.read(buffer, 0, -1), TypeError, '"length" must be at least 0, got -1');
    await rejection(port.read(buffer, 0, 0), RangeError, '"length" is less than 1');
    await rejection(port.read(buffer, 0, 9), Error, "buffer is too small");
    await rejection(port.read(buffer, 8, 1), Error, "buffer is too small");
  });
});
