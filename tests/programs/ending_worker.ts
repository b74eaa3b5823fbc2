/**
 * Ends a Worker in the way that the first argument names, with the driver that the second one
 * names. Prints how it has ended, after a manager of the main thread has worked.
 */

import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { EpollIOManager, type EpollIOManagerOptions, waitReadable } from "../../mod.ts";
import { read, socketpair, timerfd } from "../../src/os/mod.ts";

interface Ending {
  readonly way: string;
  readonly options: EpollIOManagerOptions;
}

const ways: Record<string, (manager: EpollIOManager) => unknown> = {
  exitInListener(manager) {
    manager.watch(socketpair()[0], { writable: true }, () => process.exit(5));
  },
  throwInListener(manager) {
    manager.watch(socketpair()[0], { writable: true }, () => {
      throw new Error("uncaught on purpose");
    });
  },
  async exitAfterWait(manager) {
    await manager.waitReadable(timerfd({ initial: 5 }));
    process.exit(5);
  },
  async throwAfterWait(manager) {
    await manager.waitReadable(timerfd({ initial: 5 }));
    throw new Error("uncaught on purpose");
  },
  async naturally(manager) {
    await manager.waitReadable(timerfd({ initial: 5 }));
  },
  terminatedByListener(manager) {
    const timer = timerfd({ initial: 1, interval: 1 });
    manager.watch(timer, { readable: true }, () => {
      read(timer, new Uint8Array(8));
      parentPort?.postMessage("called");
    });
  },
};

if (isMainThread) {
  const [way = "", driver] = process.argv.slice(2);
  const ending: Ending = { way, options: { driver } as EpollIOManagerOptions };
  const worker = new Worker(new URL(import.meta.url), { workerData: ending });
  const exited = Promise.withResolvers<number>();
  worker.on("error", ({ message }) => console.log(message));
  worker.on("exit", exited.resolve);
  worker.on("message", () => worker.terminate());
  console.log("ended with", await exited.promise);
  await waitReadable(timerfd({ initial: 1 }));
} else {
  const { way, options } = workerData as Ending;
  await ways[way]!(new EpollIOManager(options));
}
