/** A second read or write while one is pending. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { BusyResourceError, ClosedResourceError, FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { turn } from "../support/event_loop.ts";
import { drain, fill, poke } from "../support/fds.ts";
import { assertPending, rejection } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("FdStream with a pending operation", (it) => {
  it("read() and write() may be pending at the same time", async ({ manager }) => {
    const [a, b] = os.socketpair();
    using near = new FdStream(a, { manager });
    using far = new FdStream(b, { manager });
    const reading = near.read(new Uint8Array(1));
    const writing = near.writeAll(new Uint8Array(1_000_000));
    await assertPending(manager, reading, writing);
    await far.writeAll(bytes(9));
    assertEquals(await reading, 1);
    const buffer = new Uint8Array(65536);
    for (let total = 0; total < 1_000_000;) total += (await far.read(buffer)) ?? 0;
    await writing;
  });

  it("a second operation rejects with BusyResourceError, which names the way out", async ({ manager }) => {
    const [a, b] = os.socketpair();
    using near = new FdStream(a, { manager });
    const reading = near.read(new Uint8Array(1));
    const writing = near.writeAll(new Uint8Array(1_000_000)).catch((error) => error.name);
    await assertPending(manager, reading, writing);
    await rejection(near.read(new Uint8Array(1)), BusyResourceError, "getReader()");
    await rejection(near.write(bytes(1)), BusyResourceError, "getWriter()");
    await rejection(near.writeAll(bytes(1)), BusyResourceError, "getWriter()");
    poke(b);
    assertEquals(await reading, 1);
    near.close();
    assertEquals(await writing, "ClosedResourceError");
    os.close(b);
  });
});

describeForDrivers("readable beside other reads", (it) => {
  it("waits for a pending read(), then gets the next bytes", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    using stream = new FdStream(os.dup(reader), { manager });
    const direct = stream.read(new Uint8Array(8));
    const web = stream.readable.getReader();
    const chunk = web.read();
    await assertPending(manager, direct, chunk);
    os.write(writer, bytes(1, 2));
    assertEquals(await direct, 2);
    await assertPending(manager, chunk);
    os.write(writer, bytes(3));
    assertEquals((await chunk).value, bytes(3));
    os.write(writer, bytes(4));
    assertEquals((await web.read()).value, bytes(4));
  });

  it("waits for a pending waitReadable(), then gets the next bytes", async ({ manager, fds }) => {
    const [a, b] = fds.socketpair();
    using stream = new FdStream(os.dup(a), { manager });
    const wait = manager.waitReadable(stream);
    const web = stream.readable.getReader();
    const chunk = web.read();
    await assertPending(manager, wait, chunk);
    await rejection(stream.read(new Uint8Array(8)), BusyResourceError);
    os.write(b, bytes(1));
    await wait;
    assertEquals((await chunk).value, bytes(1));
  });

  it("rejects when the stream is closed while it waits for a read()", async ({ manager, fds }) => {
    const [reader] = fds.pipe();
    const stream = new FdStream(os.dup(reader), { manager });
    const direct = rejection(stream.read(new Uint8Array(8)), ClosedResourceError);
    const web = stream.readable.getReader();
    web.closed.catch(() => {});
    const chunk = rejection(web.read(), ClosedResourceError);
    await assertPending(manager, direct, chunk);
    stream.close();
    await Promise.all([direct, chunk]);
  });

  it("rejects when notifyClosing() is called while it waits for a read()", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    const stream = new FdStream(os.dup(reader), { manager });
    const direct = rejection(stream.read(new Uint8Array(8)), ClosedResourceError);
    const web = stream.readable.getReader();
    web.closed.catch(() => {});
    const chunk = rejection(web.read(), ClosedResourceError);
    await assertPending(manager, direct, chunk);
    poke(writer);
    manager.notifyClosing(stream);
    await Promise.all([direct, chunk]);
  });

  it("cancel() ends a chunk that waits for a read()", async ({ manager, fds }) => {
    const [reader] = fds.pipe();
    const stream = new FdStream(os.dup(reader), { manager });
    const direct = rejection(stream.read(new Uint8Array(8)), ClosedResourceError);
    const web = stream.readable.getReader();
    const chunk = web.read();
    await assertPending(manager, direct, chunk);
    await web.cancel();
    assertEquals((await chunk).done, true);
    await direct;
  });
});

describeForDrivers("writable beside other writes", (it) => {
  it("waits for a pending writeAll(), then writes its chunk", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    using stream = new FdStream(os.dup(writer), { manager });
    const direct = stream.writeAll(new Uint8Array(100_000).fill(1));
    const web = stream.writable.getWriter();
    const chunk = web.write(bytes(2));
    await assertPending(manager, direct, chunk);
    const received = new Uint8Array(200_000);
    let count = os.read(reader, received)!;
    await Promise.all([direct, chunk]);
    count += os.read(reader, received.subarray(count))!;
    assertEquals([count, received.indexOf(2)], [100_001, 100_000]);
    await web.write(bytes(3));
    assertEquals(await stream.write(bytes(4)), 1);
    assertEquals(drain(reader), 2);
  });

  it("waits for a pending waitWritable(), then writes its chunk", async ({ manager, fds }) => {
    const [a, b] = fds.socketpair();
    using stream = new FdStream(os.dup(a), { manager });
    const full = fill(a);
    const wait = manager.waitWritable(stream);
    const web = stream.writable.getWriter();
    const chunk = web.write(new Uint8Array(3));
    await assertPending(manager, wait, chunk);
    assertEquals(drain(b), full);
    await wait;
    await chunk;
    assertEquals(drain(b), 3);
  });

  it("abort() ends a chunk that waits for a write()", async ({ manager, fds }) => {
    const [, writer] = fds.pipe();
    const stream = new FdStream(os.dup(writer), { manager });
    const direct = rejection(stream.writeAll(new Uint8Array(100_000)), ClosedResourceError);
    const web = stream.writable.getWriter();
    web.closed.catch(() => {});
    const reason = new Error("enough");
    const chunk = web.write(bytes(1)).catch((error) => error);
    await assertPending(manager, direct, chunk);
    await web.abort(reason);
    assertStrictEquals(await chunk, reason);
    await direct;
    assertEquals(stream.fd, -1);
  });

  it("takes turns with many writers of writeAll()", async ({ manager, fds }) => {
    const [reader, writer] = fds.pipe();
    using stream = new FdStream(os.dup(writer), { manager });
    const web = stream.writable.getWriter();
    const chunks = Array.from({ length: 20 }, () => web.write(new Uint8Array(10_000)));
    const direct = (async () => {
      for (let count = 0; count < 20;) {
        try {
          await stream.writeAll(new Uint8Array(10_000));
          count++;
        } catch (error) {
          if (!(error instanceof BusyResourceError)) throw error;
          await turn();
        }
      }
    })();
    let received = 0;
    while (received < 400_000) {
      await manager.waitReadable(reader);
      received += drain(reader);
    }
    await Promise.all([...chunks, direct]);
    assertEquals([received, drain(reader)], [400_000, 0]);
  });
});
