/** Waits, with or without a sleeping thread. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ExclusiveWaiter, Wakeup } from "../../mod.ts";
import { drain, Fds, poke } from "../support/fds.ts";
import { describeForModes } from "../support/trigger_modes.ts";

describeForModes("ExclusiveWaiter.wait()", (options) => {
  it("resolves for a connection from before the waiter was created", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    poke(to);
    await using waiter = new ExclusiveWaiter(from, options);
    await waiter.wait();
    assertEquals(drain(from), 1);
  });

  it("resolves for a connection that came between waits", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    await using waiter = new ExclusiveWaiter(from, options);
    poke(to);
    await waiter.wait();
    assertEquals(drain(from), 1);
  });

  it("resolves once per wakeup in an iteration, until the close", async () => {
    using wakeup = new Wakeup();
    const waiter = new ExclusiveWaiter(wakeup, options);
    const seen: number[] = [];
    wakeup.wake();
    for await (const _ of waiter) {
      seen.push(wakeup.drain());
      if (seen.length < 5) setTimeout(() => wakeup.wake(), 1);
      else void waiter.close();
    }
    assertEquals(seen, [1, 1, 1, 1, 1]);
    await waiter.close();
  });

  it("can be called after an iteration was left", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    wakeup.wake();
    for await (const _ of waiter) break;
    wakeup.wake();
    await waiter.wait();
    assertEquals(wakeup.drain(), 2);
  });

  it("doesn't starve timers while there are wakeups", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    let fired = false;
    setTimeout(() => fired = true, 1);
    while (!fired) {
      wakeup.wake();
      await waiter.wait();
    }
    assertEquals(fired, true);
  });
});

describe("ExclusiveWaiter.wait(), level-triggered", () => {
  it("resolves for connections left in the queue", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup);
    wakeup.wake();
    await waiter.wait();
    await waiter.wait();
    assertEquals(wakeup.drain(), 1);
  });
});
