/** The Workers of the thread doorbell in Node. */

import { libc } from "../ffi/libc.ts";
import { translateForNode } from "../ffi/node.ts";
import { coreSymbols, pollSymbols } from "../ffi/symbols.ts";
import { getBuiltinModule } from "../runtime/globals.ts";
import { addExitListener, removeExitListener } from "./exit_node.ts";
import type { BlockingWorker, BlockingWorkerListener, WorkerKind } from "./thread_worker.ts";

/** The part of Node's Worker that is used here, so that no runtime's type package is needed. */
interface NodeWorker extends BlockingWorker {
  on(event: string, listener: (value: unknown) => void): void;
}

interface WorkerThreads {
  readonly Worker: new (source: string, options: object) => NodeWorker;
}

function createPrologue(): string {
  const table = translateForNode({ ...pollSymbols, epoll_wait: coreSymbols.epoll_wait });
  return `
    const { dlopen } = process.getBuiltinModule("node:ffi");
    const { functions } = dlopen(${JSON.stringify(libc().path)}, ${JSON.stringify(table)});
    const { parentPort } = process.getBuiltinModule("node:worker_threads");
    const onFirstMessage = (listener) => parentPort.once("message", listener);
    const post = (message) => parentPort.postMessage(message);
  `;
}

function start(source: string, listener: BlockingWorkerListener): NodeWorker {
  const { Worker } = getBuiltinModule("node:worker_threads") as WorkerThreads;
  const worker = new Worker(source, {
    eval: true,
    argv: [],
    env: {},
    execArgv: ["--disable-warning=ExperimentalWarning"],
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 8 },
  });
  worker.unref();
  // Node waits for the Worker at the end of the process, and can't interrupt its system call.
  addExitListener(listener);
  let reason = "it ended";
  worker.on("message", (message) => listener.onMessage(message));
  worker.on("error", (error) => reason = String(error));
  worker.on("exit", () => {
    removeExitListener(listener);
    listener.onEnd(reason);
  });
  return worker;
}

export const nodeWorkers: WorkerKind = { descriptors: 5, createPrologue, start };
