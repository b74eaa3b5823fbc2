/** Waits with a thread that is blocked in the kernel. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { acceptAll, ExclusiveWaiter, Wakeup } from "../../mod.ts";
import { close, listenTcp } from "../../src/os/mod.ts";
import { EINVAL } from "../support/errnos.ts";
import { failing } from "../support/faults.ts";
import { drain, Fds, fill, poke } from "../support/fds.ts";
import { connectTo } from "../support/libc.ts";
import { describeForModes } from "../support/trigger_modes.ts";
import { allAsleep, instancesWith, left, until } from "../support/threads.ts";

describeForModes("ExclusiveWaiter.wait(), asleep", (options) => {
  it("resolves for each connection that comes while it sleeps", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    await using waiter = new ExclusiveWaiter(listener, options);
    for (let round = 0; round < 50; round++) {
      const wait = waiter.wait();
      await allAsleep(instancesWith(listener));
      const peer = fds.own(connectTo(listener));
      await wait;
      const connections = acceptAll(listener);
      assertEquals(connections.length, 1);
      close(connections[0]!);
      fds.close(peer);
    }
  });

  it("stays pending without connections", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    wakeup.wake();
    await waiter.wait();
    wakeup.drain();
    let resolved = false;
    const wait = waiter.wait().then(() => resolved = true);
    await allAsleep(instancesWith(wakeup.fd));
    assertEquals(resolved, false);
    wakeup.wake();
    await wait;
  });

  it("resolves when a descriptor becomes writable", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    fill(to);
    await using waiter = new ExclusiveWaiter(to, { ...options, interest: "writable" });
    let resolved = false;
    const wait = waiter.wait().then(() => resolved = true);
    await allAsleep(instancesWith(to));
    assertEquals(resolved, false);
    drain(from);
    await wait;
  });

  it("resolves at a hang-up", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    await using waiter = new ExclusiveWaiter(from, options);
    const wait = waiter.wait();
    await allAsleep(instancesWith(from));
    fds.close(to);
    await wait;
    assertEquals(drain(from), 0);
  });

  it("blocks a thread only during a wait", async () => {
    using fds = new Fds();
    const [from, to] = fds.pipe();
    await using waiter = new ExclusiveWaiter({ fileno: () => from }, options);
    assertEquals(waiter.fd, from);
    const instances = instancesWith(from);
    assertEquals(instances.length, 1);
    for (let round = 0; round < 10; round++) {
      const wait = waiter.wait();
      await allAsleep(instances);
      poke(to);
      await wait;
      drain(from);
      await left(instances[0]!);

      const controller = new AbortController();
      const abandoned = waiter.wait(controller).catch((reason) => reason);
      await allAsleep(instances);
      controller.abort("enough");
      assertEquals(await abandoned, "enough");
      await left(instances[0]!);
    }
  });
});

describe("ExclusiveWaiter.wait(), edge-triggered", () => {
  it("ignores connections left in the queue, and resolves for a new one", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, { edgeTriggered: true });
    wakeup.wake();
    await waiter.wait();
    const wait = waiter.wait();
    await allAsleep(instancesWith(wakeup.fd));
    wakeup.wake();
    await wait;
    assertEquals(wakeup.drain(), 2);
  });
});

describe("ExclusiveWaiter.wait(), edge-triggered, after a round", () => {
  it("ignores connections left in the queue, and resolves for one that came after they were accepted", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, { edgeTriggered: true });
    wakeup.wake();
    await waiter.wait();
    let resolved = false;
    const wait = waiter.wait().then(() => resolved = true);
    const rounds = async (count: number) => {
      let seen = 0;
      // It checks its registration in each round.
      using _counted = failing("epoll_ctl", EINVAL, () => {
        seen++;
        return false;
      });
      await until(() => seen >= count);
    };
    await rounds(2);
    assertEquals(resolved, false);
    wakeup.drain();
    await rounds(1);
    wakeup.wake();
    await wait;
  });
});

describeForModes("an aborted ExclusiveWaiter.wait()", (options) => {
  it("rejects with the signal's reason, and the next wait works", async () => {
    using wakeup = new Wakeup();
    await using waiter = new ExclusiveWaiter(wakeup, options);
    const controller = new AbortController();
    const reason = new Error("enough");
    const wait = waiter.wait(controller).catch((error) => error);
    await allAsleep(instancesWith(wakeup.fd));
    controller.abort(reason);
    assertStrictEquals(await wait, reason);
    assertStrictEquals(await waiter.wait(controller).catch((error) => error), reason);
    const next = waiter.wait();
    wakeup.wake();
    await next;
    assertEquals(wakeup.drain(), 1);
  });

  it("loses no wakeup that has already come", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    await using waiter = new ExclusiveWaiter(listener, options);
    const [instance] = instancesWith(listener);
    for (let round = 0; round < 20; round++) {
      const controller = new AbortController();
      const wait = waiter.wait(controller).catch((reason) => reason);
      await allAsleep([instance!]);
      // Synchronously, so that the thread wakes up before this isolate notices.
      const peer = connectTo(listener);
      controller.abort("changed my mind");
      assertEquals(await wait, "changed my mind");
      // In every other round, the thread has ended by the next wait.
      if (round % 2 === 0) await left(instance!);
      await waiter.wait();
      assertEquals(acceptAll(listener).map(close).length, 1);
      close(peer);
    }
  });
});
