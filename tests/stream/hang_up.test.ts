/** Writes that can never proceed, since the other end has hung up. */

import { assertEquals } from "@std/assert";
import { FdStream, SystemError } from "../../mod.ts";
import * as os from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import type { Fds } from "../support/fds.ts";
import { makeRaw } from "../support/libc.ts";
import { assertPending, rejection } from "../support/waits.ts";

/** More than a terminal buffers. */
const size = 1_000_000;

function openRawTerminal(fds: Fds): { controller: number; terminal: number; name: string } {
  const { controller, terminal, name } = os.openpty();
  makeRaw(terminal);
  return { controller, terminal: fds.own(terminal), name };
}

describeForDrivers("FdStream of a pseudo-terminal's controller", (it) => {
  it("writeAll() rejects with EIO when the last terminal is closed", async ({ manager, fds }) => {
    const { controller, terminal, name } = openRawTerminal(fds);
    const second = fds.own(os.open(name, os.O_RDWR | os.O_NOCTTY));
    using stream = new FdStream(controller, { manager });
    const writing = stream.writeAll(new Uint8Array(size));
    await assertPending(manager, writing);
    fds.close(terminal);
    await assertPending(manager, writing);
    fds.close(second);
    const error = await rejection(writing, SystemError, "hung up");
    assertEquals([error.code, error.fd], ["EIO", controller]);
  });

  it("write() and writeAll() reject with EIO after that", async ({ manager, fds }) => {
    const { controller, terminal } = openRawTerminal(fds);
    using stream = new FdStream(controller, { manager });
    fds.close(terminal);
    assertEquals((await rejection(stream.writeAll(new Uint8Array(size)), SystemError)).code, "EIO");
    // The kernel may have made some room in the meantime, which nothing reads.
    const fill = async () => {
      for (let count = 0; count < 100; count++) await stream.write(new Uint8Array(size));
    };
    assertEquals((await rejection(fill(), SystemError)).code, "EIO");
  });

  it("write() resolves after a terminal was opened again", async ({ manager, fds }) => {
    const { controller, terminal, name } = openRawTerminal(fds);
    using stream = new FdStream(controller, { manager });
    fds.close(terminal);
    await rejection(stream.writeAll(new Uint8Array(size)), SystemError);
    const reopened = fds.own(os.open(name, os.O_RDWR | os.O_NOCTTY));
    makeRaw(reopened);
    os.tcflush(reopened, os.TCIFLUSH);
    await stream.writeAll(new TextEncoder().encode("x"));
  });

  it("writable rejects with EIO and closes the descriptor", async ({ manager, fds }) => {
    const { controller, terminal } = openRawTerminal(fds);
    const stream = new FdStream(controller, { manager });
    const writer = stream.writable.getWriter();
    writer.closed.catch(() => {});
    const writing = writer.write(new Uint8Array(size));
    await assertPending(manager, writing);
    fds.close(terminal);
    assertEquals((await rejection(writing, SystemError)).code, "EIO");
    assertEquals(stream.fd, -1);
  });

  it("writeAll() waits while a terminal is open and reads nothing", async ({ manager, fds }) => {
    const { controller, terminal } = openRawTerminal(fds);
    using stream = new FdStream(controller, { manager });
    const writing = stream.writeAll(new Uint8Array(size));
    await assertPending(manager, writing);
    const buffer = new Uint8Array(65536);
    let count = 0;
    while (count < size) {
      await manager.waitReadable(terminal);
      count += os.read(terminal, buffer) ?? 0;
    }
    await writing;
  });
});
