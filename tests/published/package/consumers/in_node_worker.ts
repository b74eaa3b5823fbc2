/** Waits with each driver in a Worker of Node, and prints its messages. */

import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { EpollIOManager, UnsupportedPlatformError, waitReadable } from "@fdready/fdready";
import { close, timerfd } from "@fdready/fdready/os";

async function waitWith(driver: "auto" | "uring" | "thread"): Promise<string> {
  try {
    await using manager = new EpollIOManager({ driver });
    const timer = timerfd({ initial: 20 });
    await manager.waitReadable(timer);
    manager.notifyClosing(timer);
    close(timer);
    return "ok";
  } catch (error) {
    if (driver !== "uring" || !(error instanceof UnsupportedPlatformError)) throw error;
    return `refused: ${error.message}`;
  }
}

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url));
  worker.on("message", (message) => console.log(message));
  worker.on("error", (error) => {
    throw error;
  });
} else {
  for (const driver of ["auto", "uring", "thread"] as const) {
    parentPort?.postMessage(`${driver}: ${await waitWith(driver)}`);
  }
  await waitReadable(timerfd({ initial: 1 }));
  parentPort?.postMessage("default manager: ok");
}
