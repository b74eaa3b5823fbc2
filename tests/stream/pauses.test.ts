/** A descriptor that is ready although calls on it still would block. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ClosedResourceError, type EpollIOManager, FdStream, notifyClosing } from "../../mod.ts";
import { libc } from "../../src/ffi/libc.ts";
import * as os from "../../src/os/mod.ts";
import { pauseAfter } from "../../src/stream/pause.ts";
import { describeForDrivers, drivers, selfRunning } from "../support/drivers.ts";
import { turn, until } from "../support/event_loop.ts";
import { connectTo } from "../support/libc.ts";
import { rejection } from "../support/waits.ts";

/** Turns of the event loop without an event after which a stream counts as pausing. */
const quietTurns = 100;

/**
 * Resolves once `manager` has had no event for a while: a stream that doesn't pause has one in each
 * turn.
 */
async function untilQuiet(manager: EpollIOManager): Promise<void> {
  let turns = 0;
  let before = -1;
  await until(() => {
    const { events } = manager.statistics();
    turns = events === before ? turns + 1 : 0;
    before = events;
    return turns > quietTurns;
  }, () => new Error("there are events in each turn"));
}

/** An eventfd with room for 1: it is writable, but a write of 5 would block. */
function openNearlyFull(): number {
  const fd = libc().eventfd(0, os.O_CLOEXEC | os.O_NONBLOCK);
  os.write(fd, new BigUint64Array([0xffff_ffff_ffff_fffdn]));
  return fd;
}

const five = new BigUint64Array([5n]);

/** A TCP connection. The error queue of one end has an entry, the time at which a byte was sent. */
async function connectWithErrorQueue(
  manager: EpollIOManager,
): Promise<{ near: number; far: number }> {
  const listener = os.listenTcp("127.0.0.1", 0);
  const near = connectTo(listener);
  await manager.waitReadable(listener);
  const far = os.accept(listener)!;
  os.close(listener);
  const [SO_TIMESTAMPING, TX_SOFTWARE, SOFTWARE] = [37, 1 << 1, 1 << 4];
  const flags = new Uint8Array(Int32Array.of(TX_SOFTWARE | SOFTWARE).buffer);
  os.setsockopt(near, os.SOL_SOCKET, SO_TIMESTAMPING, flags);
  os.write(near, new Uint8Array(1));
  return { near, far };
}

describe("pauseAfter()", () => {
  it("returns longer and longer pauses after a few waits", () => {
    const pauses = Array.from({ length: 12 }, (_, waits) => pauseAfter(waits));
    assertEquals(pauses, [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 64, 64]);
    assertEquals(pauseAfter(1e6), 64);
  });
});

describeForDrivers("FdStream that is ready but would block", (it) => {
  it("writeAll() rests, and resolves once there is room", async ({ manager }) => {
    const fd = openNearlyFull();
    using stream = new FdStream(fd, { manager });
    const writing = stream.writeAll(five);
    await untilQuiet(manager);
    os.read(fd, new Uint8Array(8));
    await writing;
  });

  it("read() rests beside an error queue, and resolves once there is data", async ({ manager }) => {
    const { near, far } = await connectWithErrorQueue(manager);
    using stream = new FdStream(near, { manager });
    const reading = stream.read(new Uint8Array(8));
    await untilQuiet(manager);
    os.write(far, new Uint8Array(3));
    assertEquals(await reading, 3);
    os.close(far);
  });

  it("write() rejects with the signal's reason during a pause", async ({ manager }) => {
    using stream = new FdStream(openNearlyFull(), { manager });
    const controller = new AbortController();
    const writing = stream.write(five, controller).catch((reason) => reason);
    await untilQuiet(manager);
    controller.abort("stop");
    assertEquals(await writing, "stop");
    os.read(stream.fd, new Uint8Array(8));
    assertEquals(await stream.write(five), 8);
  });

  const closers: Record<string, (stream: FdStream, manager: EpollIOManager) => unknown> = {
    "close()": (stream) => stream.close(),
    "os.close()": (stream) => os.close(stream),
    "closeFd()": (stream, manager) => manager.closeFd(stream),
    "notifyClosing() of its manager": (stream, manager) => manager.notifyClosing(stream),
    // The default manager doesn't exist in these tests.
    "notifyClosing() of the module": (stream) => notifyClosing(stream),
    "the manager's close()": (_, manager) => manager.close(),
  };
  for (const [name, close] of Object.entries(closers)) {
    it(`write() rejects with ClosedResourceError after ${name}`, async ({ manager }) => {
      using stream = new FdStream(openNearlyFull(), { manager });
      const writing = rejection(stream.write(five), ClosedResourceError);
      await untilQuiet(manager);
      await close(stream, manager);
      await writing;
    });
  }
}, selfRunning);

describeForDrivers("FdStream that is ready but would block", (it) => {
  it("writeAll() resolves in a program that runs its manager", async ({ manager }) => {
    const fd = openNearlyFull();
    using stream = new FdStream(fd, { manager });
    const writing = stream.writeAll(five);
    for (let count = 0; count < 50; count++) await turn();
    os.read(fd, new Uint8Array(8));
    await writing;
  });
}, drivers.filter((driver) => driver === "manual"));
