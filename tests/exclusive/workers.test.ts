/** One listening socket, eight Workers. */

import { assertEquals, assertGreaterOrEqual, assertLessOrEqual } from "@std/assert";
import { it } from "@std/testing/bdd";
import { notifyClosing, waitReadable } from "../../mod.ts";
import { close, listenTcp, localPort, read } from "../../src/os/mod.ts";
import { Fds } from "../support/fds.ts";
import { connectTo } from "../support/libc.ts";
import { run } from "../support/programs.ts";
import { startWorker } from "../support/workers.ts";
import { describeForModes } from "./modes.ts";
import { allAsleep, instancesWith } from "./threads.ts";

const workerCount = 8;

describeForModes("eight Workers that share a listening socket", (options) => {
  /** Starts the Workers, lets `body` make connections, stops them, and returns the totals. */
  async function serve(
    body: (listener: number) => Promise<void>,
  ): Promise<{ wakeups: number; connections: number }> {
    using fds = new Fds();
    const listener = fds.own(listenTcp("127.0.0.1", 0));
    const counts = new SharedArrayBuffer(8);
    const workers = Array.from({ length: workerCount }, () => startWorker("exclusive_server"));
    for (const worker of workers) {
      worker.postMessage({ listener, options, counts });
      assertEquals(await worker.next(), "ready");
    }
    await body(listener);
    for (const worker of workers) worker.postMessage("stop");
    for (const worker of workers) assertEquals(await worker.next(), "closed");
    for (const worker of workers) worker.terminate();
    const [wakeups, connections] = new Int32Array(counts);
    return { wakeups: wakeups!, connections: connections! };
  }

  it("lose none of 5,000 connections that another process makes", async () => {
    const { wakeups, connections } = await serve(async (listener) => {
      const args = [localPort(listener), 5000, 64].map(String);
      const { code, output } = await run("exclusive_load", { args });
      assertEquals([code, output], [0, "5000 of 5000 answered\n"]);
    });
    assertEquals(connections, 5000);
    assertGreaterOrEqual(wakeups, 1);
  });

  it("are woken at most 1.05 times for each connection that comes when all of them wait", async () => {
    const { wakeups, connections } = await serve(async (listener) => {
      const instances = instancesWith(listener);
      assertEquals(instances.length, workerCount);
      for (let round = 0; round < 200; round++) {
        await allAsleep(instances);
        const connection = connectTo(listener);
        await waitReadable(connection);
        assertEquals(read(connection, new Uint8Array(2)), 1);
        notifyClosing(connection);
        close(connection);
      }
    });
    assertEquals(connections, 200);
    assertGreaterOrEqual(wakeups, 200);
    assertLessOrEqual(wakeups, 210);
  });
});
