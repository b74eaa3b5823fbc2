/** The iterator of a waiter, by hand. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { BusyResourceError, ExclusiveWaiter, SystemError, Wakeup } from "../../mod.ts";
import { Fds } from "../support/fds.ts";
import { describeForModes } from "../support/trigger_modes.ts";
import { allAsleep, instancesWith } from "../support/threads.ts";
import { rejection } from "../support/waits.ts";

const turn = { done: false, value: undefined };
const done = { done: true, value: undefined };

describeForModes("the iterator of an exclusive waiter", (options) => {
  it("is ended by return() while next() waits", async () => {
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

  it("is ended by throw() while next() waits", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    const turns = waiter[Symbol.asyncIterator]();
    const next = turns.next();
    await rejection(turns.throw(new RangeError("enough")), RangeError);
    assertEquals(await next, done);
    assertEquals(await turns.next(), done);
  });

  it("loses no wakeup by that", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    for (let round = 0; round < 20; round++) {
      const turns = waiter[Symbol.asyncIterator]();
      const next = turns.next();
      if (round % 2 === 0) await allAsleep(instancesWith(wakeup.fd));
      // In one go, so that nobody here has heard of it yet.
      wakeup.wake();
      await turns.return();
      assertEquals(await next, done);
      await waiter.wait();
      assertEquals(wakeup.drain(), 1);
    }
  });

  it("is a waiter's turns, several times over, until the waiter is closed", async () => {
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

  it("refuses a second next() while one waits, which goes on", async () => {
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

  it("throws what a wait rejects with", async () => {
    using fds = new Fds();
    const [from] = fds.pipe();
    await using waiter = new ExclusiveWaiter(from, options);
    const next = waiter[Symbol.asyncIterator]().next();
    fds.close(from);
    assertEquals((await rejection(next, SystemError)).code, "EBADF");
  });
});
