/** Waiters that the program has dropped without closing them. */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ExclusiveWaiter, openWakeup, Wakeup } from "../../mod.ts";
import { CloseGuard } from "../support/close_guard.ts";
import { countFds, noMoreFdsThan } from "../support/fds.ts";
import { collected, collectGarbage } from "../support/garbage.ts";
import { allAsleep, instancesWith } from "../support/threads.ts";
import { turn } from "../support/event_loop.ts";

/** Makes waiters, waits, and drops them. */
async function dropWaiters(wakeup: Wakeup, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const waiter = new ExclusiveWaiter(wakeup);
    wakeup.wake();
    await waiter.wait();
    wakeup.drain();
    const controller = new AbortController();
    const wait = waiter.wait(controller).catch(() => {});
    controller.abort();
    await wait;
  }
}

describe("a dropped ExclusiveWaiter", () => {
  it("is closed by the garbage collector", async () => {
    using wakeup = new Wakeup();
    const before = countFds();
    using _guard = new CloseGuard();
    await dropWaiters(wakeup, 10);
    await collected(() => instancesWith(wakeup.fd).length === 0);
    await noMoreFdsThan(before);
  });

  it("stays open during a wait, together with its descriptor", async () => {
    let wait: Promise<string>;
    let wake: () => void;
    {
      const wakeup = new Wakeup();
      // The wakeup itself would stay reachable.
      const remote = openWakeup(wakeup.handle());
      wake = () => remote.wake();
      wait = new ExclusiveWaiter(wakeup).wait().then(() => "woken", (error) => error.name);
      await allAsleep(instancesWith(wakeup.fd));
    }
    for (let round = 0; round < 5; round++) {
      collectGarbage();
      await turn();
    }
    wake();
    assertEquals(await wait, "woken");
  });
});
