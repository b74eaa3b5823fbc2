/** Waiting until everything is sent, throwing it away, and closing while there is something to send. */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { describe, it } from "@std/testing/bdd";
import { ioctl, TCOOFF, TCOON, TCXONC } from "@fdready/fdready/os";
import { Turns } from "../../../tests/support/event_loop.ts";
import { assertPending, rejection } from "../../../tests/support/waits.ts";
import { BindingsError } from "../mod.ts";
import { pauseFor, untilSent } from "../src/sent.ts";
import { describeForLines, pattern, readAll } from "./support/ports.ts";

describeForLines("draining", (it) => {
  it("is done at once where nothing was written", async (bench) => {
    const port = await bench.open(bench.line.near);
    await port.drain();
  });

  it("waits for writes that are pending, while the event loop goes on", async (bench) => {
    const [near, far] = await bench.openBoth();
    const data = pattern(300_000);
    let written = 0;
    const writes = [data, data].map((data) => near.write(data).then(() => written++));
    const drained = near.drain().then(() => written);
    await assertPending(bench.manager, drained);
    using turns = new Turns();
    assert((await readAll(far, 2 * data.length)).equals(Buffer.concat([data, data])));
    assertEquals(await drained, 2);
    await Promise.all(writes);
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("goes on when a line that was stopped is started", async (bench) => {
    const [near, far] = await bench.openBoth();
    ioctl(near.fd!, TCXONC, TCOOFF);
    const written = near.write(Buffer.from("stopped"));
    const drained = near.drain();
    await assertPending(bench.manager, written, drained);
    ioctl(near.fd!, TCXONC, TCOON);
    await Promise.all([written, drained]);
    assertEquals((await readAll(far, 7)).toString(), "stopped");
  });

  it("fails with the write, and is canceled with the port", async (bench) => {
    const port = await bench.open(bench.line.near);
    ioctl(port.fd!, TCXONC, TCOOFF);
    const failures = [port.write(pattern(9)), port.drain()]
      .map((operation) => rejection(operation, BindingsError));
    await port.close();
    for (const { canceled } of await Promise.all(failures)) assertEquals(canceled, true);
  });
});

describeForLines("flushing", (it) => {
  it("throws away what has come", async (bench) => {
    const [near, far] = await bench.openBoth();
    await far.write(Buffer.from("old"));
    await bench.manager.waitReadable(near.fd!);
    await near.flush();
    const reading = readAll(near, 3);
    await far.write(Buffer.from("new"));
    assertEquals((await reading).toString(), "new");
  });
});

describeForLines("closing", (it) => {
  it("cancels writes, and leaves the port free for another", async (bench) => {
    const near = await bench.open(bench.line.near);
    // More than the line takes while nobody reads.
    const writes = [0, 1].map(() => rejection(near.write(pattern(1_000_000)), BindingsError));
    await assertPending(bench.manager, ...writes);
    await near.close();
    for (const { message, canceled } of await Promise.all(writes)) {
      assertEquals([message, canceled], ["Canceled", true]);
    }
    assertEquals((await bench.open(bench.line.near)).isOpen, true);
  });

  it("loses nothing that was written", async (bench) => {
    const [near, far] = await bench.openBoth();
    await near.write(Buffer.from("last words"));
    await near.close();
    assertEquals((await readAll(far, 10)).toString(), "last words");
  });

  it("comes after a write of the same turn", async (bench) => {
    const [near, far] = await bench.openBoth();
    const written = near.write(Buffer.from("last words"));
    const closed = near.close();
    await written;
    await closed;
    assertEquals((await readAll(far, 10)).toString(), "last words");
  });
});

/** Pseudo-terminals have nothing left to send: a device of which is told here how much it has. */
describe("untilSent", () => {
  it("asks again and again, with pauses, until nothing is left", async () => {
    const left = [300, 100, 1, 0];
    using turns = new Turns();
    await untilSent(() => left.shift()!, 1_000_000);
    assertEquals(left, []);
    assert(turns.count > 0, "the event loop was blocked");
  });

  it("pauses for as long as the rest takes, at least 1 ms, and at most 50 for others who flush", () => {
    assertEquals(pauseFor(24, 9600), 30);
    assertEquals(pauseFor(1, 1_000_000), 1);
    assertEquals(pauseFor(4096, 9600), 50);
  });

  it("ends when its signal is aborted", async () => {
    const controller = new AbortController();
    const waiting = untilSent(() => 4096, 9600, controller.signal);
    controller.abort();
    assertEquals((await rejection(waiting, Error)).name, "AbortError");
  });

  it("passes on what asking throws", async () => {
    await rejection(
      untilSent(() => {
        throw new RangeError("gone");
      }, 9600),
      RangeError,
      "gone",
    );
  });
});
