/** Closing ends the wait, loses no wakeup, and closes all descriptors. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { acceptAll, ClosedResourceError, ExclusiveWaiter, Wakeup } from "../../mod.ts";
import { close, listenTcp } from "../../src/os/mod.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { countFds, drain, Fds, noMoreFdsThan, poke } from "../support/fds.ts";
import { connectTo } from "../support/libc.ts";
import { describeForModes } from "../support/trigger_modes.ts";
import { allAsleep, blockedInstances, instancesWith } from "../support/threads.ts";
import { rejection } from "../support/waits.ts";

describeForModes("ExclusiveWaiter.close()", (options) => {
  it("rejects the wait, asleep or not, and leaves no thread blocked", async () => {
    using wakeup = new Wakeup();
    for (const asleep of [false, true]) {
      const waiter = new ExclusiveWaiter(wakeup, options);
      const [instance] = instancesWith(wakeup.fd);
      const wait = rejection(waiter.wait(), ClosedResourceError);
      if (asleep) await allAsleep([instance!]);
      await Promise.all([waiter.close(), waiter.close(), wait]);
      assertEquals(blockedInstances().has(instance!), false);
    }
  });

  it("resolves the wait if an event has already woken the waiter", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    for (let round = 0; round < 10; round++) {
      const waiter = new ExclusiveWaiter(listener, options);
      const wait = waiter.wait();
      await allAsleep(instancesWith(listener));
      // Synchronously, so that the thread wakes up before this isolate notices.
      const peer = connectTo(listener);
      const closed = waiter.close();
      await wait;
      assertEquals(acceptAll(listener).map(close).length, 1);
      await rejection(waiter.wait(), ClosedResourceError);
      await closed;
      close(peer);
    }
  });

  it("ends an iteration", async () => {
    using wakeup = new Wakeup();
    const waiter = new ExclusiveWaiter(wakeup, options);
    const [instance] = instancesWith(wakeup.fd);
    const turns = (async () => {
      let count = 0;
      for await (const _ of waiter) count += wakeup.drain();
      return count;
    })();
    await allAsleep([instance!]);
    await waiter.close();
    assertEquals(await turns, 0);
  });

  it("leaves later events to other waiters", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const first = new ExclusiveWaiter(listener, options);
    await using second = new ExclusiveWaiter(listener, options);
    const waits = [rejection(first.wait(), ClosedResourceError), second.wait()] as const;
    await allAsleep(instancesWith(listener));
    await first.close();
    await waits[0];
    fds.own(connectTo(listener));
    await waits[1];
    assertEquals(acceptAll(listener).map(close).length, 1);
  });

  it("leaves no descriptor open after 30 waiters were used in every way", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    const before = countFds();
    using _guard = new CloseGuard();
    for (let round = 0; round < 30; round++) {
      await using waiter = new ExclusiveWaiter(from, options);
      if (round % 3 === 0) continue;
      const wait = waiter.wait();
      await allAsleep(instancesWith(from));
      if (round % 3 === 1) {
        poke(to);
        await wait;
        drain(from);
      } else {
        wait.catch(() => {});
      }
    }
    await noMoreFdsThan(before);
  });
});
