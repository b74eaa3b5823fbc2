/** Waiters that die or don't act on a wakeup, and the other waiters of the same socket. */

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { acceptAll, ExclusiveWaiter, notifyClosing, waitReadable } from "../../mod.ts";
import { close, listenTcp, read } from "../../src/os/mod.ts";
import { startServer } from "../support/exclusive_server.ts";
import { Fds } from "../support/fds.ts";
import { connectTo } from "../support/libc.ts";
import { describeForModes } from "../support/trigger_modes.ts";
import { allAsleep, instancesWith, left } from "../support/threads.ts";
import { startWorker, type WorkerMessages } from "../support/workers.ts";

describeForModes("ExclusiveWaiter.wait() behind another waiter in the queue", (options) => {
  /** A Worker that waits for `listener`, and the epoll instance that its thread blocks in. */
  async function startFirst(
    listener: number,
  ): Promise<{ worker: WorkerMessages & Disposable; instance: number }> {
    const worker = startWorker("exclusive_server");
    worker.postMessage({ listener, options, counts: new SharedArrayBuffer(8) });
    assertEquals(await worker.next(), "ready");
    const [instance] = instancesWith(listener);
    await allAsleep([instance!]);
    return { worker, instance: instance! };
  }

  it("resolves for connections after the Worker of the other one was terminated", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const { worker, instance } = await startFirst(listener);
    await using second = new ExclusiveWaiter(listener, options);
    const wait = second.wait();
    await allAsleep(instancesWith(listener));

    const one = fds.own(connectTo(listener));
    await waitReadable(one);
    assertEquals(read(one, new Uint8Array(2)), 1, "the Worker is first in line, and answers");
    notifyClosing(one);

    await allAsleep([instance]);
    worker.terminate();
    await left(instance);
    fds.own(connectTo(listener));
    await wait;
    assertEquals(acceptAll(listener).map(close).length, 1);
  });

  it("finds a connection that woke a Worker while it was terminated", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const { worker, instance } = await startFirst(listener);
    worker.postMessage("block");
    assertEquals(await worker.next(), "blocked");
    // Its thread keeps waiting, but its wakeups have no effect.
    await using second = new ExclusiveWaiter(listener, options);
    const wait = second.wait();
    const others = instancesWith(listener).filter((other) => other !== instance);
    assertEquals(others.length, 1);
    await allAsleep(others);
    fds.own(connectTo(listener));
    worker.terminate();
    await wait;
    assertEquals(acceptAll(listener).map(close).length, 1);
  });

  it("finds a connection that woke a busy Worker", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const { worker } = await startFirst(listener);
    using _worker = worker;
    worker.postMessage("block");
    assertEquals(await worker.next(), "blocked");
    await using second = new ExclusiveWaiter(listener, options);
    fds.own(connectTo(listener));
    await second.wait();
    assertEquals(acceptAll(listener).map(close).length, 1);
  });

  it("resolves for connections after the other process was killed", async () => {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const first = await startServer(listener, options);
    await using second = new ExclusiveWaiter(listener, options);
    const wait = second.wait();
    await allAsleep(instancesWith(listener));

    const one = fds.own(connectTo(listener));
    await waitReadable(one);
    assertEquals(read(one, new Uint8Array(2)), 1, "the process is first in line, and answers");
    notifyClosing(one);

    await first.kill();
    fds.own(connectTo(listener));
    await wait;
    assertEquals(acceptAll(listener).map(close).length, 1);
  });
});
