/**
 * Numbers that were closed without notice and reused for another file during a wait. No wait moves
 * to another file.
 */

import { assertEquals } from "@std/assert";
import { type EpollIOManager, SystemError } from "../../mod.ts";
import { dup } from "../../src/os/mod.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { type Fds, fill, poke } from "../support/fds.ts";
import { failingIn } from "../support/faults.ts";
import { EMFILE } from "../support/errnos.ts";
import { osLibc } from "../../src/ffi/libc.ts";
import { dupTo } from "../support/libc.ts";
import { assertPending, type Barrier, rejection } from "../support/waits.ts";

/** A full socket, which is neither readable nor writable. */
function neither(fds: Fds): { number: number; peer: number } {
  const [number, peer] = fds.socketpair();
  fill(number);
  return { number, peer };
}

async function assertLost(wait: Promise<void>): Promise<void> {
  const { code, message } = await rejection(wait, SystemError);
  assertEquals(code, "EBADF");
  assertEquals(message.includes("notifyClosing"), true, message);
}

describeForDrivers("EpollIOManager whose waits' number was reused for another file", (it) => {
  /** Begins waits in both directions, then makes the number refer to another socket. */
  async function replaced(manager: EpollIOManager, barrier: Barrier, fds: Fds) {
    const { number, peer } = neither(fds);
    const controller = new AbortController();
    const reader = manager.waitReadable(number, controller);
    const writer = manager.waitWritable(number);
    for (const wait of [reader, writer]) wait.catch(() => {});
    await barrier.passed();
    const other = neither(fds);
    const old = fds.own(dup(number));
    dupTo(other.number, number);
    return { number, old, oldPeer: peer, peer: other.peer, controller, reader, writer };
  }

  it("waitReadable() waits for the new file, and ends older waits for both directions", async ({ manager, barrier, fds }) => {
    const { number, peer, reader, writer } = await replaced(manager, barrier, fds);
    const wait = manager.waitReadable(number);
    await assertLost(reader);
    await assertLost(writer);
    await assertPending(manager, wait);
    poke(peer);
    await wait;
  });

  it("waitPriority() waits for the new file, and ends older waits for other directions", async ({ manager, barrier, fds }) => {
    const { number, peer, reader, writer } = await replaced(manager, barrier, fds);
    const wait = manager.waitPriority(number).catch((error) => error.name);
    await assertLost(reader);
    await assertLost(writer);
    poke(peer);
    await assertPending(manager, wait);
    manager.notifyClosing(number);
    assertEquals(await wait, "ClosedResourceError");
  });

  it("an abort ends the other wait as well, and arms nothing for the new file", async ({ manager, barrier, fds }) => {
    const { peer, controller, reader, writer } = await replaced(manager, barrier, fds);
    controller.abort("stop");
    assertEquals(await reader.catch((reason) => reason), "stop");
    await assertLost(writer);
    const { events } = manager.statistics();
    poke(peer);
    await barrier.passed();
    assertEquals(manager.statistics().events, events + 1, "more than the barrier's own event");
  });

  it("an event of the old file ends the other wait as well", async ({ manager, barrier, fds }) => {
    const { oldPeer, reader, writer } = await replaced(manager, barrier, fds);
    poke(oldPeer);
    await reader;
    await assertLost(writer);
  });

  it("waitReadable() doesn't resolve for the new file, but for its own", async ({ manager, barrier, fds }) => {
    const [number, peer] = fds.socketpair();
    const wait = manager.waitReadable(number);
    await barrier.passed();
    fds.own(dup(number));
    const other = fds.socketpair();
    dupTo(other[0], number);
    poke(other[1]);
    await assertPending(manager, wait);
    poke(peer);
    await wait;
  });

  for (const gone of [false, true]) {
    it(`waitReadable() rejects if its file, ${gone ? "closed" : "open"} by now, has made way for an earlier one`, async ({ manager, barrier, fds }) => {
      const first = neither(fds);
      const saved = fds.own(dup(first.number));
      const controller = new AbortController();
      const early = manager.waitReadable(first.number, controller).catch((reason) => reason);
      const second = neither(fds);
      dupTo(second.number, first.number);
      // Both files now have an entry for the number.
      const reader = manager.waitReadable(first.number);
      const writer = manager.waitWritable(first.number, controller).catch((reason) => reason);
      assertEquals((await early).code, "EBADF");
      await barrier.passed();
      dupTo(saved, first.number);
      if (gone) fds.close(second.number);
      controller.abort("stop");
      assertEquals(await writer, "stop");
      await assertLost(reader);
      const again = manager.waitReadable(first.number);
      poke(first.peer);
      await again;
    });
  }

  it("waitReadable() rejects if its file may have made way, because the entries can't be read", async ({ manager, barrier, fds }) => {
    const first = neither(fds);
    const saved = fds.own(dup(first.number));
    const early = manager.waitReadable(first.number).catch((error) => error.code);
    const second = neither(fds);
    dupTo(second.number, first.number);
    const reader = manager.waitReadable(first.number);
    assertEquals(await early, "EBADF");
    await barrier.passed();
    dupTo(saved, first.number);
    using _fault = failingIn(osLibc(), "open", EMFILE, -1);
    const writer = manager.waitWritable(first.number).catch((error) => error.name);
    await assertLost(reader);
    manager.notifyClosing(first.number);
    assertEquals(await writer, "ClosedResourceError");
  });

  it("waitReadable() and waitWritable() wait for a socket even if the entries can't be read", async ({ manager, barrier, fds }) => {
    const [number, peer] = fds.socketpair();
    await manager.waitWritable(number);
    fds.own(dup(number));
    const other = neither(fds);
    dupTo(other.number, number);
    using _fault = failingIn(osLibc(), "open", EMFILE, -1);
    const reader = manager.waitReadable(number);
    const writer = manager.waitWritable(number).catch((error) => error.name);
    await barrier.passed();
    poke(peer);
    await assertPending(manager, reader, writer);
    poke(other.peer);
    await reader;
    manager.notifyClosing(number);
    assertEquals(await writer, "ClosedResourceError");
  });

  it("waitReadable() and waitWritable() wait for the first file after it was replaced and restored", async ({ manager, barrier, fds }) => {
    const first = neither(fds);
    const saved = fds.own(dup(first.number));
    const second = neither(fds);
    for (const file of [first.number, second.number, saved]) {
      if (file !== first.number) dupTo(file, first.number);
      const controller = new AbortController();
      const wait = manager.waitReadable(first.number, controller).catch((reason) => reason);
      controller.abort("stop");
      assertEquals(await wait, "stop");
    }
    const reader = manager.waitReadable(first.number);
    const writer = manager.waitWritable(first.number).catch((error) => error.name);
    await barrier.passed();
    poke(first.peer);
    await reader;
    await assertPending(manager, writer);
    manager.notifyClosing(first.number);
    assertEquals(await writer, "ClosedResourceError");
  });

  it("waitReadable() and waitWritable() wait for the latest of many files", async ({ manager, barrier, fds }) => {
    const [number] = fds.pipe();
    for (let round = 0; round < 5; round++) {
      const { number: other, peer } = neither(fds);
      dupTo(other, number);
      const writer = manager.waitWritable(number).catch((error) => error.name);
      const reader = manager.waitReadable(number);
      await barrier.passed();
      poke(peer);
      await reader;
      await assertPending(manager, writer);
      // Closed without notice while nothing waits.
      manager.notifyClosing(number);
      assertEquals(await writer, "ClosedResourceError");
      await manager.waitReadable(number);
    }
  });
});
