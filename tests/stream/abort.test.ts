/** Aborting reads and writes. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BusyResourceError, ClosedResourceError, EpollIOManager, FdStream } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { assertPending, rejection } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("Aborting an operation of FdStream", (it) => {
  it("lets the next read() and writeAll() begin at once", async ({ manager }) => {
    const [a, b] = os.socketpair();
    using near = new FdStream(a, { manager });
    using far = new FdStream(b, { manager });
    const controller = new AbortController();
    const aborted = [
      near.read(new Uint8Array(8), controller),
      near.writeAll(new Uint8Array(1_000_000), controller),
    ].map((operation) => operation.catch((reason) => reason));
    await assertPending(manager, ...aborted);
    controller.abort("stop");
    const reading = near.read(new Uint8Array(8));
    const writing = near.writeAll(new Uint8Array(1_000_000));
    assertEquals(await Promise.all(aborted), ["stop", "stop"]);
    await rejection(near.read(new Uint8Array(1)), BusyResourceError);
    await rejection(near.write(new Uint8Array(1)), BusyResourceError);
    await far.writeAll(bytes(1, 2, 3));
    assertEquals(await reading, 3);
    near.close();
    await rejection(writing, ClosedResourceError);
  });

  it("writeAll() writes no more bytes afterwards", async ({ manager, fds }) => {
    const room = new Uint8Array(200_000);
    for (const wait of [undefined, () => Promise.resolve(), () => assertPending(manager)]) {
      const [readFd, writeFd] = fds.pipe();
      using stream = new FdStream(os.dup(writeFd), { manager });
      const controller = new AbortController();
      const first = stream.writeAll(new Uint8Array(100_000).fill(1), controller)
        .catch((reason) => reason);
      if (wait !== undefined) await wait();
      controller.abort("stop");
      let count = os.read(readFd, room)!;
      const second = stream.write(bytes(2));
      assertEquals([await first, await second], ["stop", 1]);
      count += os.read(readFd, room.subarray(count))!;
      assertEquals(room.subarray(0, count).indexOf(2), count - 1);
    }
  });

  it("read() loses no byte", async ({ manager }) => {
    const [readFd, writeFd] = os.pipe();
    using reader = new FdStream(readFd, { manager });
    using writer = new FdStream(writeFd, { manager });
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
});

describe("Aborting read() after its wait has resolved", () => {
  it("leaves the bytes to the next read()", async () => {
    const [readFd, writeFd] = os.pipe();
    await using manager = new EpollIOManager({ driver: "manual" });
    using reader = new FdStream(readFd, { manager });
    const rooms = [new Uint8Array(2), new Uint8Array(2)] as const;
    const controller = new AbortController();
    const aborted = reader.read(rooms[0], controller).catch((reason) => reason);
    os.write(writeFd, bytes(1, 2, 3, 4));
    manager.processEvents(manager.getEvents(Infinity));
    controller.abort("stop");
    const next = reader.read(rooms[1]);
    assertEquals([await aborted, await next], ["stop", 2]);
    assertEquals(rooms, [bytes(0, 0), bytes(1, 2)]);
    os.close(writeFd);
  });
});
