/** Draining, flushing, and closing with unsent output. */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { describe, it } from "@std/testing/bdd";
import { ioctl, TCOOFF, TCOON, TCXONC } from "@fdready/fdready/os";
import { TurnCounter } from "../../../tests/support/event_loop.ts";
import { assertPending, rejection } from "../../../tests/support/waits.ts";
import { BindingsError } from "../mod.ts";
import { Pauses, untilSent } from "../src/drain.ts";
import { describeForLines, pattern, readAll } from "./support/ports.ts";

describeForLines("LinuxPortBinding.drain()", (it) => {
  it("drain() resolves at once if nothing was written", async (bench) => {
    const port = await bench.open(bench.line.near);
    await port.drain();
  });

  it("drain() waits for pending writes without blocking the event loop", async (bench) => {
    const [near, far] = await bench.openBoth();
    const data = pattern(300_000);
    let written = 0;
    const writes = [data, data].map((data) => near.write(data).then(() => written++));
    const drained = near.drain().then(() => written);
    await assertPending(bench.manager, drained);
    using turns = new TurnCounter();
    assert((await readAll(far, 2 * data.length)).equals(Buffer.concat([data, data])));
    assertEquals(await drained, 2);
    await Promise.all(writes);
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("drain() resolves after a stopped line is restarted", async (bench) => {
    const [near, far] = await bench.openBoth();
    ioctl(near.fd!, TCXONC, TCOOFF);
    const written = near.write(Buffer.from("stopped"));
    const drained = near.drain();
    await assertPending(bench.manager, written, drained);
    ioctl(near.fd!, TCXONC, TCOON);
    await Promise.all([written, drained]);
    assertEquals((await readAll(far, 7)).toString(), "stopped");
  });

  it("drain() rejects with a BindingsError when the port is closed", async (bench) => {
    const port = await bench.open(bench.line.near);
    ioctl(port.fd!, TCXONC, TCOOFF);
    const failures = [port.write(pattern(9)), port.drain()]
      .map((operation) => rejection(operation, BindingsError));
    await port.close();
    for (const { canceled } of await Promise.all(failures)) assertEquals(canceled, true);
  });
});

describeForLines("LinuxPortBinding.flush()", (it) => {
  it("flush() discards received bytes", async (bench) => {
    const [near, far] = await bench.openBoth();
    await far.write(Buffer.from("old"));
    await bench.manager.waitReadable(near.fd!);
    await near.flush();
    const reading = readAll(near, 3);
    await far.write(Buffer.from("new"));
    assertEquals((await reading).toString(), "new");
  });
});

describeForLines("LinuxPortBinding.close()", (it) => {
  it("close() cancels writes, and another port can be opened", async (bench) => {
    const near = await bench.open(bench.line.near);
    // More than fits into the line without a reader.
    const writes = [0, 1].map(() => rejection(near.write(pattern(1_000_000)), BindingsError));
    await assertPending(bench.manager, ...writes);
    await near.close();
    for (const { message, canceled } of await Promise.all(writes)) {
      assertEquals([message, canceled], ["Canceled", true]);
    }
    assertEquals((await bench.open(bench.line.near)).isOpen, true);
  });

  it("close() sends all written bytes first", async (bench) => {
    const [near, far] = await bench.openBoth();
    await near.write(Buffer.from("last words"));
    await near.close();
    assertEquals((await readAll(far, 10)).toString(), "last words");
  });

  it("close() sends a write begun in the same turn", async (bench) => {
    const [near, far] = await bench.openBoth();
    const written = near.write(Buffer.from("last words"));
    const closed = near.close();
    await written;
    await closed;
    assertEquals((await readAll(far, 10)).toString(), "last words");
  });
});

/** Pseudo-terminals never have unsent output, so these tests use an imaginary device. */
describe("untilSent", () => {
  it("untilSent() pauses between checks until nothing is left", async () => {
    const left = [300, 100, 1, 0];
    using turns = new TurnCounter();
    await untilSent(() => left.shift()!, 1_000_000);
    assertEquals(left, []);
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("Pauses.next() returns the time that the rest needs, from 1 to 50 ms", () => {
    for (const [bytes, baudRate, pause] of [[24, 9600, 30], [1, 1_000_000, 1], [4096, 9600, 50]]) {
      assertEquals(new Pauses(baudRate!).next(bytes!), pause);
    }
  });

  it("Pauses.next() doubles the pause up to 50 ms while the line is stopped", () => {
    const pauses = new Pauses(115_200);
    const next = (bytes: number) => Math.round(pauses.next(bytes));
    assertEquals([20, 20, 20, 20, 20, 20, 20, 20].map(next), [2, 4, 8, 17, 33, 50, 50, 50]);
    // It moves again.
    assertEquals([10, 10, 11, 11].map(next), [1, 2, 4, 8]);
  });

  it("untilSent() rejects with an AbortError when its signal aborts", async () => {
    const controller = new AbortController();
    const waiting = untilSent(() => 4096, 9600, controller.signal);
    controller.abort();
    assertEquals((await rejection(waiting, Error)).name, "AbortError");
  });

  it("untilSent() rejects with the error of a check", async () => {
    await rejection(
      untilSent(() => {
        throw new RangeError("gone");
      }, 9600),
      RangeError,
      "gone",
    );
  });
});
