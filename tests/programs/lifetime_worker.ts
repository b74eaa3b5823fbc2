/** Waits in a Worker, with the driver that the argument names, without keeping the Worker alive. */

import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { EpollIOManager } from "../../mod.ts";
import { pipe } from "../../src/os/mod.ts";
import { asleep } from "../support/waits.ts";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
  worker.on("message", (message) => console.log(message));
  worker.on("exit", () => console.log("ended"));
} else {
  const manager = new EpollIOManager({ driver: workerData });
  const [reader] = pipe();
  void manager.waitReadable(reader, { ref: false });
  asleep(manager).then(() => parentPort!.postMessage("waiting"));
}
