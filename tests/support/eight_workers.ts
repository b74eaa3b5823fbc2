/** Eight Workers that share a listening socket. */

import { assertEquals } from "@std/assert";
import type { ExclusiveWaiterOptions } from "../../mod.ts";
import { listenTcp } from "../../src/os/mod.ts";
import { Fds } from "./fds.ts";
import { startWorker } from "./workers.ts";

export const workerCount = 8;

/** Starts the Workers, runs `body`, stops the Workers, and returns their totals. */
export async function serve(
  options: ExclusiveWaiterOptions,
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
