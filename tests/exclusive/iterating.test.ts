/** The iterator of a waiter, called directly. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { BusyResourceError, ExclusiveWaiter, SystemError, Wakeup } from "../../mod.ts";
import { Fds } from "../support/fds.ts";
import { describeForModes } from "../support/trigger_modes.ts";
import { allAsleep, instancesWith } from "../support/threads.ts";
import { rejection } from "../support/waits.ts";

const turn = { done: false, value: undefined };
const done = { done: true, value: undefined };

describeForModes("ExclusiveWaiter[Symbol.asyncIterator]()", (options) => {
  it("ends with return() during a pending next()", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    const turns = waiter[Symbol.asyncIterator]();
    const next = turns.next();
    await allAsleep(instancesWith(wakeup.fd));
    assertEquals(await turns.return(), done);
    assertEquals(await next, done);
    assertEquals(await turns.next(), done);
    assertEquals(await turns.return(), done);
  });

  it("ends with throw() during a pending next()", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    const turns = waiter[Symbol.asyncIterator]();
    const next = turns.next();
    await rejection(turns.throw(new RangeError("enough")), RangeError);
    assertEquals(await next, done);
    assertEquals(await turns.next(), done);
  });

  it("loses no wakeup when it ends", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    for (let round = 0; round < 20; round++) {
      const turns = waiter[Symbol.asyncIterator]();
      const next = turns.next();
      if (round % 2 === 0) await allAsleep(instancesWith(wakeup.fd));
      // Synchronously, so that this isolate notices nothing in between.
      wakeup.wake();
      await turns.return();
      assertEquals(await next, done);
      await waiter.wait();
      assertEquals(wakeup.drain(), 1);
    }
  });

  it("yields once per wakeup until the waiter is closed, also if repeated", async () => {
    using wakeup = new Wakeup();
    const waiter = new ExclusiveWaiter(wakeup, options);
    for (let round = 0; round < 3; round++) {
      await using turns = waiter[Symbol.asyncIterator]();
      wakeup.wake();
      for await (const _ of turns) break;
      assertEquals(await turns.next(), done);
    }
    const turns = waiter[Symbol.asyncIterator]();
    wakeup.wake();
    assertEquals(await turns.next(), turn);
    wakeup.drain();
    const next = turns.next();
    await allAsleep(instancesWith(wakeup.fd));
    await waiter.close();
    assertEquals(await next, done);
    assertEquals(await turns.next(), done);
  });

  it("rejects a second next() during a pending one, which stays", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    const turns = waiter[Symbol.asyncIterator]();
    const first = turns.next();
    await rejection(turns.next(), BusyResourceError);
    wakeup.wake();
    assertEquals(await first, turn);
    wakeup.wake();
    assertEquals(await turns.next(), turn);
  });

  it("throws the errors of wait()", async () => {
    using fds = new Fds();
    const [from] = fds.pipe();
    await using waiter = new ExclusiveWaiter(from, options);
    const next = waiter[Symbol.asyncIterator]().next();
    fds.close(from);
    assertEquals((await rejection(next, SystemError)).code, "EBADF");
  });
});
