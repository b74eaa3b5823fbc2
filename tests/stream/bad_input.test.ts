/** Bad arguments. */

import { assertEquals, assertThrows } from "@std/assert";
import { FdStream, SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { countFds, Fds } from "../support/fds.ts";
import { createDatagramSocket, isOpen } from "../support/libc.ts";
import { rejection } from "../support/waits.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

describeForDrivers("FdStream with bad arguments", (it) => {
  it("constructor throws for a bad descriptor, and leaves none open", ({ manager }) => {
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

  it("constructor throws for bad options, and leaves the descriptor alone", () => {
    using fds = new Fds();
    const [fd] = fds.pipe();
    const before = countFds();
    for (const options of [null, "text", 5, { manager: {} }, { manager: null }]) {
      assertThrows(() => new FdStream(fd, options as never), TypeError, "must be an");
    }
    assertEquals(countFds(), before);
  });

  it("read() rejects with EISDIR for a directory", async ({ manager }) => {
    using stream = new FdStream(os.open("/", os.O_RDONLY), { manager });
    assertEquals((await rejection(stream.read(new Uint8Array(1)), SystemError)).code, "EISDIR");
  });

  it("read() and write() reject for empty and detached buffers, then work", async ({ manager }) => {
    const [a, b] = os.socketpair();
    using near = new FdStream(a, { manager });
    using far = new FdStream(b, { manager });
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

  it("constructor throws for a datagram socket, and leaves it alone", ({ manager }) => {
    using fds = new Fds();
    const fd = fds.own(createDatagramSocket());
    assertThrows(() => new FdStream(fd, { manager }), TypeError, "stream socket");
    assertEquals(isOpen(fd), true);
  });
});
