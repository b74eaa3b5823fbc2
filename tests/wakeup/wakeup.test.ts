/** Wakeups of managers, and the class Wakeup. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ClosedResourceError,
  FdStream,
  openWakeup,
  SystemError,
  Wakeup,
  type WakeupHandle,
} from "../../mod.ts";
import { libc } from "../../src/ffi/libc.ts";
import { close, read, write } from "../../src/os/mod.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { describeForDrivers } from "../support/drivers.ts";
import { spinUntil } from "../support/event_loop.ts";
import { countFds, Fds, noMoreFdsThan, poke } from "../support/fds.ts";
import { collected } from "../support/garbage.ts";
import { dupTo } from "../support/libc.ts";
import { openManager } from "../support/managers.ts";
import { assertPending, rejection } from "../support/waits.ts";

/** The count that brings an eventfd to its maximum after one wakeup. */
const maximum = new Uint8Array(new BigUint64Array([0xffff_ffff_ffff_fffdn]).buffer);

describeForDrivers("forceWakeup()", (it, driver) => {
  it("resolves all calls of waitWakeup()", async ({ manager }) => {
    const waits = [manager.waitWakeup(), manager.waitWakeup()];
    await assertPending(manager, ...waits);
    manager.forceWakeup();
    await Promise.all(waits);
  });

  it("resolves the next waitWakeup() if none is pending", async ({ manager }) => {
    manager.forceWakeup();
    await assertPending(manager, new Promise(() => {}));
    assertEquals(manager.statistics().wakeups, 1, "the manager has processed it");
    await manager.waitWakeup();
    await assertPending(manager, manager.waitWakeup().catch(() => new Promise(() => {})));
  });

  it("wakes although the counter is at its maximum", async ({ manager }) => {
    const handle = manager.wakeupHandle();
    using remote = openWakeup(handle);
    for (const wake of [() => remote.wake(), () => manager.forceWakeup()]) {
      manager.forceWakeup();
      write(handle.fd, maximum);
      await manager.waitWakeup();
      const woken = manager.waitWakeup();
      await assertPending(manager, woken);
      wake();
      await woken;
    }
  });

  it("wakes through a handle in the same isolate", async ({ manager }) => {
    using remote = openWakeup(manager.wakeupHandle());
    for (let round = 0; round < 5; round++) {
      const woken = manager.waitWakeup();
      await assertPending(manager, woken);
      remote.wake();
      await woken;
    }
  });

  it("does nothing through the handle of a closed manager", async ({ manager }) => {
    const handle = manager.wakeupHandle();
    const early = openWakeup(handle);
    await manager.close();
    const before = countFds();
    using _guard = new CloseGuard();
    // Files that get the next free numbers must not be written to.
    using bystander = new Wakeup();
    const late = openWakeup(handle);
    for (let round = 0; round < 10; round++) {
      early.wake();
      late.wake();
    }
    assertEquals(bystander.drain(), 0);
    early.close();
    late.close();
    // One less for the handle, and one more for the bystander.
    await noMoreFdsThan(before);
    using another = new Wakeup();
    using dead = openWakeup(handle);
    for (const remote of [early, late, dead]) remote.wake();
    assertEquals(another.drain() + bystander.drain(), 0);
  });

  it("leaks nothing if its handle isn't opened", async () => {
    const before = countFds();
    using _guard = new CloseGuard();
    const manager = openManager(driver);
    const handle = manager.wakeupHandle();
    assertEquals(manager.wakeupHandle(), handle);
    await manager.close();
    await noMoreFdsThan(before);
    openWakeup(handle).close();
    await noMoreFdsThan(before);
  });

  it("wakes through the remotes that are left when others are closed", async ({ manager }) => {
    const first = openWakeup(manager.wakeupHandle());
    using second = openWakeup(manager.wakeupHandle());
    first.close();
    first.close();
    const woken = manager.waitWakeup();
    second.wake();
    await woken;
  });
});

describeForDrivers("waitReadable() of a Wakeup", (it) => {
  it("resolves after wake(), until drain()", async ({ manager }) => {
    using wakeup = new Wakeup();
    const wait = manager.waitReadable(wakeup);
    await assertPending(manager, wait);
    wakeup.wake();
    wakeup.wake();
    wakeup.wake();
    await wait;
    assertEquals(wakeup.drain(), 3);
    assertEquals(wakeup.drain(), 0);
    await assertPending(manager, manager.waitReadable(wakeup).catch(() => new Promise(() => {})));
  });

  it("rejects after notifyClosing()", async ({ manager }) => {
    const wakeup = new Wakeup();
    const wait = rejection(manager.waitReadable(wakeup), ClosedResourceError);
    manager.notifyClosing(wakeup);
    wakeup.close();
    await wait;
  });
});

/** The handles of wakeups that are unreachable. */
function droppedWakeups(count: number): WakeupHandle[] {
  return Array.from({ length: count }, () => new Wakeup().handle());
}

/** Opens remotes that become unreachable after one wakeup each. */
function openRemotes(handle: WakeupHandle, count: number): void {
  for (let index = 0; index < count; index++) openWakeup(handle).wake();
}

describe("Wakeup", () => {
  it("owns its descriptor until close()", () => {
    const wakeup = new Wakeup();
    const { fd } = wakeup;
    const remote = openWakeup(wakeup.handle());
    using guard = new CloseGuard();
    wakeup.close();
    wakeup.close();
    assertEquals(wakeup.fd, -1);
    assertEquals(guard.closed, [fd]);
    remote.close();
    remote.close();
    assertEquals(guard.closed.length, 2);
  });

  it("does nothing after close()", () => {
    const wakeup = new Wakeup();
    wakeup.close();
    wakeup.wake();
    assertEquals(wakeup.drain(), 0);
    assertThrows(() => wakeup.handle(), Error, "EBADF");
  });

  it("is closed when its number is, and leaves the next file of that number alone", () => {
    using fds = new Fds();
    const [reader, writer] = fds.pipe();
    const endings = [close, (fd: number) => new FdStream(fd).close()];
    for (const end of endings) {
      const wakeup = new Wakeup();
      const handle = wakeup.handle();
      const number = wakeup.fd;
      end(number);
      dupTo(writer, number);
      assertEquals(wakeup.fd, -1);
      wakeup.wake();
      openWakeup(handle).wake();
      assertEquals(wakeup.drain(), 0);
      assertThrows(() => wakeup.handle(), SystemError, "EBADF");
      wakeup.close();
      assertEquals(read(reader, new Uint8Array(64)), undefined);
      poke(number);
      assertEquals(read(reader, new Uint8Array(64)), 1);
      close(number);
    }
  });

  it("leaves a later Wakeup with the same number alone", () => {
    const first = new Wakeup();
    const number = first.fd;
    // C libraries close numbers without notice.
    libc().close(number);
    // The runtime may have closed a file with a lower number.
    using wakeups = new DisposableStack();
    let second = wakeups.use(new Wakeup());
    const isReused = () => {
      if (second.fd === number) return true;
      // A thread of the runtime may have opened a file at the number for a moment.
      if (second.fd > number) second.close();
      second = wakeups.use(new Wakeup());
      return false;
    };
    spinUntil(isReused, () => new Error(`The number ${number} isn't free`));
    first.wake();
    first.close();
    assertEquals(second.drain(), 0);
    second.wake();
    assertEquals(second.drain(), 1);
  });

  it("is closed when it is unreachable, and marks its handle", async () => {
    const before = countFds();
    using _guard = new CloseGuard();
    const handles = droppedWakeups(50);
    await collected(() => handles.every(({ closed }) => new Int32Array(closed)[0] === 1));
    for (const handle of handles) openWakeup(handle).close();
    await noMoreFdsThan(before);
  });

  it("has remotes that are closed when they are unreachable", async () => {
    using wakeup = new Wakeup();
    const before = countFds();
    using _guard = new CloseGuard();
    const handle = wakeup.handle();
    openRemotes(handle, 50);
    await collected(() => countFds() <= before);
    wakeup.wake();
    assertEquals(wakeup.drain(), 51);
  });

  it("counts wakeups from remotes", () => {
    using wakeup = new Wakeup();
    using remote = openWakeup(wakeup.handle());
    remote.wake();
    wakeup.wake();
    assertEquals(wakeup.drain(), 2);
  });

  it("has handles that survive structured cloning", async () => {
    using wakeup = new Wakeup();
    const { port1, port2 } = new MessageChannel();
    assert(wakeup.handle().closed instanceof SharedArrayBuffer);
    await new Promise<void>((resolve, reject) => {
      port2.onmessage = ({ data }) => {
        try {
          using remote = openWakeup(data as WakeupHandle);
          remote.wake();
          resolve();
        } catch (error) {
          reject(error);
        } finally {
          port1.close();
          port2.close();
        }
      };
      port1.postMessage(wakeup.handle());
    });
    assertEquals(wakeup.drain(), 1);
  });
});

describe("openWakeup()", () => {
  it("throws for other values than a handle", () => {
    const closed = new ArrayBuffer(4);
    for (const value of [undefined, null, 3, {}, { fd: 3 }, { fd: 3, thread: 1, closed }]) {
      assertThrows(() => openWakeup(value as unknown as WakeupHandle), TypeError);
    }
  });
});
