import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { BusyResourceError, ClosedResourceError, FdStream, SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { countFds } from "../support/fds.ts";
import { connectTo, resetOnClose } from "../support/libc.ts";
import { Random } from "../support/random.ts";
import { assertPending, rejection } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("an FdStream", (it) => {
  it("reads what is there, then what comes, then the end", async ({ manager }) => {
    const [from, to] = os.pipe();
    using reader = new FdStream(from, { manager });
    using writer = new FdStream(to, { manager });
    const buffer = new Uint8Array(8);
    assertEquals(await writer.write(bytes(1, 2, 3)), 3);
    assertEquals(await reader.read(buffer), 3);
    assertEquals(buffer.subarray(0, 3), bytes(1, 2, 3));
    assertEquals(manager.statistics().epollCtlCalls, 1, "so far nobody had to wait");
    const reading = reader.read(buffer);
    await assertPending(manager, reading);
    await writer.writeAll(bytes(4));
    assertEquals(await reading, 1);
    writer.close();
    assertEquals(await reader.read(buffer), null);
    assertEquals(await reader.read(buffer), null);
  });

  it("writes in parts what is more than fits, and all of it when told", async ({ manager }) => {
    const [one, other] = os.socketpair();
    using near = new FdStream(one, { manager });
    using far = new FdStream(other, { manager });
    const data = new Random(7).bytes(1_000_000);
    const first = await near.write(data);
    assert(first > 0 && first < data.length);
    const rest = near.writeAll(data.subarray(first));
    const received = new Uint8Array(data.length);
    for (let at = 0; at < data.length;) at += (await far.read(received.subarray(at))) ?? 0;
    await rest;
    assertEquals(received, data);
  });

  it("lets one read and one write be pending, and no second of either", async ({ manager }) => {
    const [one, other] = os.socketpair();
    using near = new FdStream(one, { manager });
    using far = new FdStream(other, { manager });
    const reading = near.read(new Uint8Array(1));
    const writing = near.writeAll(new Uint8Array(1_000_000));
    await assertPending(manager, reading, writing);
    await rejection(near.read(new Uint8Array(1)), BusyResourceError);
    await rejection(near.write(bytes(1)), BusyResourceError);
    await rejection(near.writeAll(bytes(1)), BusyResourceError);
    await far.writeAll(bytes(9));
    assertEquals(await reading, 1);
    const buffer = new Uint8Array(65536);
    for (let total = 0; total < 1_000_000;) total += (await far.read(buffer)) ?? 0;
    await writing;
  });

  it("loses no byte when a read is aborted", async ({ manager }) => {
    const [from, to] = os.pipe();
    using reader = new FdStream(from, { manager });
    using writer = new FdStream(to, { manager });
    const buffer = new Uint8Array(8);
    let received = 0;
    for (let round = 0; round < 50; round++) {
      const controller = new AbortController();
      const reading = reader.read(buffer, controller).catch((reason) => reason);
      if (round % 2 === 0) await writer.writeAll(bytes(round));
      controller.abort("stop");
      if (round % 2 === 1) await writer.writeAll(bytes(round));
      const result = await reading;
      if (result === "stop") assertEquals(await reader.read(buffer), 1);
      else assertEquals(result, 1);
      assertEquals(buffer[0], round);
      received++;
    }
    assertEquals(received, 50);
    const aborted = AbortSignal.abort("before");
    await writer.writeAll(bytes(1));
    assertEquals(
      await reader.read(buffer, { signal: aborted }).catch((reason) => reason),
      "before",
    );
    assertEquals(await reader.read(buffer), 1);
  });

  it("ends reads and writes with ClosedResourceError when it is closed", async ({ manager }) => {
    const before = countFds();
    const [one, other] = os.socketpair();
    const stream = new FdStream(one, { manager });
    const reading = rejection(stream.read(new Uint8Array(1)), ClosedResourceError);
    const writing = rejection(stream.writeAll(new Uint8Array(1_000_000)), ClosedResourceError);
    stream.close();
    stream.close();
    stream[Symbol.dispose]();
    await Promise.all([reading, writing]);
    assertEquals(stream.fd, -1);
    await rejection(stream.read(new Uint8Array(1)), ClosedResourceError);
    await rejection(stream.write(bytes(1)), ClosedResourceError);
    await rejection(stream.writeAll(bytes(1)), ClosedResourceError);
    os.close(other);
    assertEquals(countFds(), before);
  });

  it("lets the event loop run while its descriptor is always ready", async ({ manager }) => {
    using stream = new FdStream(os.open("/dev/zero", os.O_RDONLY), { manager });
    let turns = 0;
    setTimeout(function again() {
      if (++turns < 3) setTimeout(again, 0);
    }, 0);
    const buffer = new Uint8Array(16);
    let reads = 0;
    while (turns < 3 && reads < 1_000_000) reads += (await stream.read(buffer))! > 0 ? 1 : 0;
    assertEquals(turns, 3);
  });

  it("reads a regular file, which is always ready", async ({ manager }) => {
    const path = import.meta.url.replace("file://", "");
    using stream = new FdStream(os.open(path, os.O_RDONLY), { manager });
    const buffer = new Uint8Array(7);
    assertEquals(await stream.read(buffer), 7);
    assertEquals(new TextDecoder().decode(buffer), "import ");
  });
});

describeForDrivers("an FdStream that gets what it can't use", (it) => {
  it("refuses descriptors that are none, and owns none of them", ({ manager }) => {
    const before = countFds();
    for (const fd of [-1, NaN, "3", null, undefined]) {
      assertThrows(() => new FdStream(fd as number, { manager }), TypeError);
    }
    const [closed, end] = os.pipe();
    os.close(closed);
    os.close(end);
    assertThrows(() => new FdStream(closed, { manager }), SystemError, "EBADF");
    assertEquals(countFds(), before);
  });

  it("says what a directory is", async ({ manager }) => {
    using stream = new FdStream(os.open("/", os.O_RDONLY), { manager });
    assertEquals((await rejection(stream.read(new Uint8Array(1)), SystemError)).code, "EISDIR");
  });

  it("refuses buffers without room and detached ones, and goes on", async ({ manager }) => {
    const [one, other] = os.socketpair();
    using near = new FdStream(one, { manager });
    using far = new FdStream(other, { manager });
    const detached = new Uint8Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    await rejection(near.read(new Uint8Array(0)), TypeError);
    await rejection(near.read(detached), TypeError);
    await rejection(near.write(detached), TypeError);
    await rejection(near.writeAll(detached), TypeError);
    assertEquals(await near.write(new Uint8Array(0)), 0);
    await near.writeAll(new Uint8Array(0));
    await near.writeAll(bytes(5));
    assertEquals(await far.read(new Uint8Array(8)), 1);
  });

  it("doesn't die of a peer that is gone: EPIPE, without a signal", async ({ manager }) => {
    const [from, to] = os.pipe();
    using stream = new FdStream(to, { manager });
    const writing = rejection(stream.writeAll(new Uint8Array(1_000_000)), SystemError);
    os.close(from);
    assertEquals((await writing).code, "EPIPE");
    assertEquals((await rejection(stream.write(bytes(1)), SystemError)).code, "EPIPE");
  });

  it("reports a connection that was reset", async ({ manager, fds }) => {
    const listener = fds.own(os.listenTcp("127.0.0.1", 0));
    const client = connectTo(listener);
    await manager.waitReadable(listener);
    using server = new FdStream(os.accept(listener)!, { manager });
    const reading = rejection(server.read(new Uint8Array(1)), SystemError);
    resetOnClose(client);
    os.close(client);
    assertEquals((await reading).code, "ECONNRESET");
  });
});

describeForDrivers("web streams of an FdStream", (it) => {
  it("carry a megabyte through, piped", async ({ manager }) => {
    const [from, to] = os.pipe();
    using reader = new FdStream(from, { manager });
    const writer = new FdStream(to, { manager });
    const data = new Random(3).bytes(1_000_000);
    const sent = new Blob([data]).stream().pipeTo(writer.writable);
    const received = new Uint8Array(await new Response(reader.readable).arrayBuffer());
    await sent;
    assertEquals(received, data);
    assertEquals(writer.fd, -1, "nothing was left to do for it");
  });

  it("decode text as it comes", async ({ manager }) => {
    const [from, to] = os.pipe();
    using reader = new FdStream(from, { manager });
    os.write(to, new TextEncoder().encode("grüße"));
    os.close(to);
    let text = "";
    for await (const part of reader.readable.pipeThrough(new TextDecoderStream())) text += part;
    assertEquals(text, "grüße");
    assert(reader.fd !== -1, "the end of reading doesn't close");
  });

  it("fill the buffers that BYOB readers bring", async ({ manager }) => {
    const [from, to] = os.pipe();
    using stream = new FdStream(from, { manager });
    const reader = stream.readable.getReader({ mode: "byob" });
    os.write(to, bytes(1, 2, 3));
    const first = await reader.read(new Uint8Array(new ArrayBuffer(16), 4, 2));
    assertEquals(first.done, false);
    assertEquals(Array.from(first.value!), [1, 2]);
    assertEquals(first.value!.byteOffset, 4);
    const second = await reader.read(new Uint8Array(16));
    assertEquals(Array.from(second.value!), [3]);
    os.close(to);
    const last = await reader.read(new Uint8Array(16));
    assertEquals(last.done, true);
  });

  it("read nothing before they are asked", async ({ manager }) => {
    const [from, to] = os.pipe();
    using stream = new FdStream(from, { manager });
    stream.readable;
    os.write(to, bytes(1));
    await assertPending(manager, new Promise(() => {}));
    assertEquals(os.read(from, new Uint8Array(1)), 1);
    os.close(to);
  });

  it("hold a writer back while nobody reads", async ({ manager }) => {
    const [from, to] = os.pipe();
    using _reader = new FdStream(from, { manager });
    const stream = new FdStream(to, { manager });
    const writer = stream.writable.getWriter();
    let written = 0;
    const chunk = new Uint8Array(65536);
    const writing = (async () => {
      for (;;) {
        await writer.ready;
        await writer.write(chunk);
        written++;
      }
    })().catch(() => {});
    await assertPending(manager, writing);
    assertEquals(written, 1, "what the pipe holds, and no more is taken");
    stream.close();
    await writing;
  });

  it("close the descriptor when the reader cancels", async ({ manager }) => {
    const before = countFds();
    const [from, to] = os.pipe();
    const stream = new FdStream(from, { manager });
    const reader = stream.readable.getReader();
    const reading = reader.read();
    await assertPending(manager, reading);
    await reader.cancel();
    assertEquals((await reading).done, true);
    assertEquals(stream.fd, -1);
    os.close(to);
    assertEquals(countFds(), before);
  });

  it("close the descriptor when the writer aborts, in the middle of a write too", async ({ manager }) => {
    const before = countFds();
    const [from, to] = os.pipe();
    const stream = new FdStream(to, { manager });
    const writer = stream.writable.getWriter();
    const reason = new Error("enough");
    const writing = writer.write(new Uint8Array(1_000_000)).catch((error) => error);
    writer.closed.catch(() => {});
    await assertPending(manager, writing);
    await writer.abort(reason);
    assertStrictEquals(await writing, reason);
    assertEquals(stream.fd, -1);
    os.close(from);
    assertEquals(countFds(), before);
  });

  it("end one direction of a socket and leave the other", async ({ manager }) => {
    const [one, other] = os.socketpair();
    using near = new FdStream(one, { manager });
    using far = new FdStream(other, { manager });
    const reply = near.readable.getReader();
    const writer = near.writable.getWriter();
    await writer.write(bytes(1));
    await writer.close();
    const buffer = new Uint8Array(8);
    assertEquals(await far.read(buffer), 1);
    assertEquals(await far.read(buffer), null);
    await far.writeAll(bytes(2));
    assertEquals((await reply.read()).value?.[0], 2);
    far.close();
    assertEquals((await reply.read()).done, true);
    assertEquals(near.fd, -1, "both directions have ended");
  });

  it("fail as the descriptor does", async ({ manager }) => {
    const [from, to] = os.pipe();
    using stream = new FdStream(to, { manager });
    os.close(from);
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    assertEquals((await rejection(writer.write(bytes(1)), SystemError)).code, "EPIPE");
  });
});
