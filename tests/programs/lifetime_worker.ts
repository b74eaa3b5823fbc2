/** Waits in a Worker, by a driver of choice, without keeping it alive for that. */

import process from "node:process";
import { setTimeout } from "node:timers";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { EpollIOManager } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  worker.on("message", (message) => console.log(message));
  worker.on("exit", () => console.log("ended"));
} else {
  const manager = new EpollIOManager({ driver: workerData });
  const [from] = pipe();
  void manager.waitReadable(from, { ref: false });
  // By then the driver is asleep.
  setTimeout(() => parentPort!.postMessage("waiting"), 50);
}
