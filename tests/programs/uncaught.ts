/** Throws an error that nothing catches, while descriptors keep the event loop busy. */

import process from "node:process";
import { EpollIOManager, type EpollIOManagerOptions } from "../../mod.ts";
import { socketpair } from "../../src/os/mod.ts";

const [way = "", driver, handled] = process.argv.slice(2);
const manager = new EpollIOManager({ driver } as EpollIOManagerOptions);
let errors = 0;

function fail(): never {
  throw new Error(`uncaught error ${++errors}`);
}

const ways: Record<string, () => void> = {
  /** A listener that throws each time. */
  listener() {
    manager.watch(socketpair()[0], { writable: true }, fail);
  },
  /** Code of the program that has nothing to do with the manager. */
  timer() {
    manager.watch(socketpair()[0], { writable: true }, () => {});
    setTimeout(fail, 20);
  },
  rejection() {
    manager.watch(socketpair()[0], { writable: true }, () => {});
    setTimeout(() => void Promise.reject(new Error("uncaught error 1")), 20);
  },
  /** Waits rather than a watch. */
  waits() {
    const [a] = socketpair();
    const keepWaiting = async () => {
      for (;;) await manager.waitWritable(a);
    };
    void keepWaiting();
    setTimeout(fail, 20);
  },
};

if (handled === "handled") {
  process.on("uncaughtException", ({ message }) => {
    console.log("handled", message);
    if (message.endsWith("3")) process.exit(3);
  });
}
ways[way]!();
